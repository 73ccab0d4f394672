// SPDX-License-Identifier: Apache-2.0
// Every shape that the server sends and every request that the page makes. Fields may be absent; the page shows a dash.

export interface Health {
  status?: 'up' | 'degraded' | 'down';
  checks?: { name: string; status: string; message?: string }[];
}

export interface DirectionCount {
  packets?: number | null;
  bytes?: number | null;
  hook?: string | null;
}

export interface Cost {
  ns_per_packet?: number | null;
  gross_ns_per_packet?: number | null;
  measured_until?: string | null;
  measuring?: boolean;
  cpu_percent?: number | null;
  rss_bytes?: number | null;
  kernel_bytes?: number | null;
}

export type Row = Record<string, unknown>;

export interface Finding {
  layer: string;
  name: string;
  amount?: number;
  unit?: string;
  since?: string;
  text: string;
  advice?: string;
}

export interface Ledger {
  findings?: Finding[];
  first_unbalanced?: string | null;
  last_unbalanced?: string | null;
  events?: Row;
  counts?: Row[];
  difference?: number | null;
  [book: string]: unknown;
}

export interface Stats {
  sequence?: number;
  timestamp?: string;
  total_packets?: number | null;
  total_bytes?: number | null;
  flow_count?: number | null;
  uptime?: number;
  protocols?: Record<string, number> | null;
  cpus?: Record<string, number> | null;
  interfaces?: Record<string, { ingress?: DirectionCount; egress?: DirectionCount }> | null;
  rates?: { packets_per_second?: number | null; bits_per_second?: number | null };
  ledger?: Ledger | null;
  cost?: Cost;
  sampling?: Sampling | null;
  replay?: Replay | null;
}

/** A capture that is shown in place of the wire. */
export interface Replay {
  state?: 'none' | 'running' | 'ended';
  file?: string;
  first_time?: string | null;
  last_time?: string | null;
  percent?: number | null;
  packets?: number;
  skipped?: Record<string, number>;
  end?: string | null;
}

/** One packet of so many is shown, on average; null: none at all. */
export interface Sampling {
  showing_one_of?: number | null;
  limit_per_second?: number;
}

/** What a capture is to have. */
export interface CaptureOrder {
  /** IF or NS/IF, with commas, or any. */
  interface: string;
  /** Primitives of pcap-filter. */
  filter: string;
  count: number;
  seconds: number;
  /** Bytes kept of a frame; 0: headers alone. */
  snaplen: number;
}

/** Who captured what, and what became of the frames. */
export interface Capture {
  number: number;
  begun?: string;
  who?: string;
  interfaces?: string;
  filter?: string | null;
  snaplen_bytes?: number;
  output?: string;
  running?: boolean;
  matched?: number;
  written?: number;
  ring_full?: number;
  not_written?: number;
  beyond?: number;
  written_bytes?: number;
  end?: string | null;
}

export type Level = 'ok' | 'warn' | 'bad' | 'unknown';

/** Rows of a report that a verdict rests on. */
export interface Evidence {
  text: string;
  report: string;
  filter: string;
}

/** To a question why. */
export interface Answer {
  question: string;
  verdict: string;
  sentence: string;
  level: Level;
  evidence: Evidence[];
  next: { text: string; command: string } | null;
  missing: string[];
}

export interface StandsOutItem {
  sentence: string;
  level: Level;
  kind: string;
  question: string | null;
  link: string;
}

export interface StandsOutAnswer {
  as_of: string;
  items: StandsOutItem[];
  text: string;
}

export interface TimePoint {
  sequence?: number;
  /** Epoch milliseconds. */
  t: number;
  packets_per_second?: number;
  bits_per_second?: number;
  ingress_packets_per_second?: number;
  egress_packets_per_second?: number;
  ingress_bits_per_second?: number;
  egress_bits_per_second?: number;
  flow_count?: number | null;
  protocols?: Record<string, number> | null;
  cpus?: Record<string, number> | null;
}

export const METRICS = [
  'packets_per_second',
  'bits_per_second',
  'ingress_packets_per_second',
  'egress_packets_per_second',
  'ingress_bits_per_second',
  'egress_bits_per_second',
  'flow_count',
] as const;
export type Metric = (typeof METRICS)[number];

/** Of the Drops page only: a kernel may not tell it. */
export const DROP_METRIC = 'drops_per_second';

export interface Flow {
  id: string | number;
  community_id?: string | null;
  interface?: string;
  namespace?: string | null;
  protocol?: string;
  src_ip?: string | null;
  src_port?: number | null;
  dst_ip?: string | null;
  dst_port?: number | null;
  packets?: number;
  bytes?: number;
  packets_fwd?: number;
  packets_rev?: number;
  bytes_fwd?: number;
  bytes_rev?: number;
  first_seen?: string;
  last_seen?: string;
  duration_ms?: number;
  tcp_flags?: string[];
  state?: string;
  end_reason?: string | null;
  /** Read from its first bytes, not from its ports. */
  application?: string | null;
  /** jopil, rule or ndpi: who says so. */
  application_source?: string | null;
  server_name?: string | null;
  unusual_port?: boolean | null;
  /** kernel or segments: who tells how its connection did. */
  tcp_source?: string | null;
  handshake_us?: number | null;
  vlan?: number | null;
  inner_vlan?: number | null;
  /** Bits by which the windows of source and destination are shifted; null unless both SYNs were seen. */
  window_scale_fwd?: number | null;
  window_scale_rev?: number | null;
  src_country?: string | null;
  src_as?: number | null;
  src_as_name?: string | null;
  dst_country?: string | null;
  dst_as?: number | null;
  dst_as_name?: string | null;
  [later: string]: unknown;
}

/** What was read from the first bytes of a flow; the client is the source. */
export interface Application {
  application?: string;
  server_name?: string | null;
  response_ns?: number | null;
  /** By Wireshark's names of the fields. */
  details?: Row | null;
}

export interface FlowsUpdate {
  sequence?: number;
  flows: Flow[];
  total?: number;
  unfiltered?: number;
}

export interface Packet {
  id: string | number;
  timestamp?: string;
  timestamp_ns?: number | string;
  interface?: string;
  direction?: string;
  hook?: string;
  cpu?: number;
  rx_queue?: number;
  length?: number;
  weight?: number;
  captured_hex?: string;
  [layer: string]: unknown;
}

export interface PacketsUpdate {
  sequence?: number;
  packets: Packet[];
  skipped?: number;
  total?: number;
  unfiltered?: number;
}

/** What to look at, for a reason at a place. */
export interface Advice {
  id?: string;
  sentence?: string;
  command?: string | null;
}

/** Dropped packets of one reason at one place, exact and cumulative since JOPIL's start. */
export interface Drop {
  /** The kernel's name. */
  reason?: string;
  /** Empty where the kernel hides it. */
  symbol?: string | null;
  offset?: string | number | null;
  stage?: string | null;
  hook?: string | null;
  interface?: string | null;
  namespace?: string | null;
  packets?: number;
  bytes?: number;
  /** Over the server's last ten seconds. */
  packets_per_second?: number | null;
  last_seen?: string | null;
  advice?: Advice | null;
}

export interface DropsAnswer {
  sequence?: number;
  /** Dropped packets in all, whatever the filter. */
  total?: number | null;
  drops: Drop[];
  /** Rows that match, and rows without the filter. */
  matching?: number;
  unfiltered?: number;
}

/** One dropped packet; sampled: it stands for `weight` of them. */
export interface DropEvent {
  timestamp?: string;
  reason?: string;
  symbol?: string | null;
  stage?: string | null;
  interface?: string | null;
  namespace?: string | null;
  protocol?: string | null;
  src_ip?: string | null;
  src_port?: number | null;
  dst_ip?: string | null;
  dst_port?: number | null;
  length?: number;
  weight?: number;
  process?: string | null;
}

export interface Interface {
  name: string;
  namespace?: string | null;
  index?: number;
  state?: string;
  mtu?: number;
  driver?: string | null;
  kind?: string | null;
  attached?: boolean;
  default_route?: boolean;
  watch?: string;
  mode?: string | null;
  hook?: string | { ingress?: string | null; egress?: string | null } | null;
  why?: string | null;
  reason?: string | null;
  ingress?: DirectionCount;
  egress?: DirectionCount;
  [more: string]: unknown;
}

export interface Cpu {
  cpu: number | string;
  packets?: number;
  bytes?: number;
  share_percent?: number;
  packets_per_second?: number | null;
  /** Packets of this CPU over the mean of all; the largest says how uneven they are. */
  imbalance?: number | null;
}

export interface TopRow {
  /** Null for what has no such field. */
  key: string | number | null;
  flows?: number;
  packets?: number;
  bytes?: number;
}

export interface Check {
  capability?: string;
  status?: string;
  hook?: string | null;
  fallback?: string | null;
  reason?: string | null;
  fix?: string | null;
}

/** What is hidden, and what is recorded under every level. */
export interface Privacy {
  level: 'full' | 'names-off' | 'addresses-masked';
  levels: string[];
  recorded: Recorded[];
}

export interface Recorded {
  what: string;
  where: string;
  kept: string;
  level_full: string;
  level_names_off: string;
  level_addresses_masked: string;
}

/** A program of ours in the kernel, and its run time as it was measured last. */
export interface ProgramCost {
  interface?: string;
  direction?: string;
  hook?: string;
  program?: string;
  runs?: number | null;
  packets?: number | null;
  ns_per_run?: number | null;
  ns_per_packet?: number | null;
}

/** What the memory budget gives one CPU, on a machine with so many. */
export interface MemoryShare {
  cpus: number;
  here?: boolean;
  ipv4_slots?: number | null;
  ipv6_slots?: number | null;
  ring_bytes?: number | null;
  ipv4_bytes?: number | null;
  ipv6_bytes?: number | null;
  kernel_bytes?: number | null;
  heap_bytes?: number | null;
  live_flows?: number | null;
  memory_mib?: number;
  note?: string | null;
}

export interface GraphNode {
  id: string;
  layer: string;
  label: string;
  /** Of a drop: where on its way. */
  stage?: string | null;
}

export interface GraphLink {
  source: string;
  target: string;
  packets: number;
  bytes: number;
  /** Shows its flows; of a link to a drop, its drops. */
  filter: string;
}

export const GRAPH_METRICS = ['packets', 'bytes', 'drops'] as const;
export type GraphMetric = (typeof GRAPH_METRICS)[number];

export interface Graph {
  as_of?: string;
  exact?: boolean;
  note?: string;
  nodes: GraphNode[];
  links: GraphLink[];
}

/** How long followed packets took for a stage; a share of all packets, as `follow_one_in` says. */
export interface StageLatency {
  stage: string;
  direction?: string;
  from_hook?: string | null;
  to_hook?: string | null;
  interface?: string | null;
  namespace?: string | null;
  protocol?: string | null;
  port?: number | null;
  process?: string | null;
  count?: number;
  p50_ns?: number | null;
  p95_ns?: number | null;
  p99_ns?: number | null;
  max_ns?: number | null;
}

export interface MissingStage {
  stage: string;
  direction?: string;
  reason?: string;
}

export interface LatencyAnswer {
  follow_one_in?: number;
  as_of?: string;
  stages: StageLatency[];
  missing?: MissingStage[];
}

export interface HeatColumn {
  at: string;
  /** Packets in each row of `lower_ns`. */
  counts: number[];
  p50_ns?: number | null;
  p95_ns?: number | null;
  p99_ns?: number | null;
  max_ns?: number | null;
}

export interface Heatmap {
  stage: string;
  /** Null where nothing was measured at all. */
  step_ms: number | null;
  /** Least time of each row; the next one's is its end. */
  lower_ns: number[];
  columns: HeatColumn[];
}

export interface JourneyStage {
  /** The part of the way that ends at this hook. */
  stage?: string | null;
  hook?: string | null;
  /** Since the first. */
  at_ns: number;
  cpu?: number | null;
  interface?: string | null;
  namespace?: string | null;
  process?: string | null;
  verdict?: string | null;
}

/** One packet's way. */
export interface Journey {
  id: string;
  timestamp?: string;
  kept?: string;
  protocol?: string | null;
  src_ip?: string | null;
  src_port?: number | null;
  dst_ip?: string | null;
  dst_port?: number | null;
  tcp_flags?: string | string[] | null;
  length?: number | null;
  interface?: string | null;
  interfaces?: string[] | null;
  namespace?: string | null;
  duration_ns?: number | null;
  slowest_stage?: string | null;
  slowest_ns?: number | null;
  end?: string | null;
  end_text?: string | null;
  drop_reason?: string | null;
  process?: string | null;
  complete?: boolean | null;
  /** False: seen only where it was dropped. */
  followed?: boolean | null;
  /** What it comes to. */
  sentence?: string | null;
  reply_of?: string | null;
  stages?: JourneyStage[] | null;
}

export interface JourneysAnswer {
  journeys: Journey[];
  matching?: number;
  unfiltered?: number;
}

/** A connection as the kernel's TCP sees it. */
export interface TcpConnection {
  local_ip?: string | null;
  local_port?: number | null;
  remote_ip?: string | null;
  remote_port?: number | null;
  state?: string;
  process?: string | null;
  namespace?: string | null;
  handshake_us?: number | null;
  srtt_us?: number | null;
  retransmits?: number | null;
  out_of_order?: number | null;
  zero_windows?: number | null;
  resets?: number | null;
  cwnd?: number | null;
  /** Of a listener connections that wait to be accepted, and how many may. */
  receive_queue?: number | null;
  accept_limit?: number | null;
  /** Of a listener attempts that found its queues full. */
  drops?: number | null;
}

export interface TcpAnswer {
  connections: TcpConnection[];
  sequence?: number;
  matching?: number;
  unfiltered?: number;
}

export interface Field {
  /** The list that has it: `flows`, `packets`, … */
  report?: string;
  name: string;
  type?: string;
  unit?: string | null;
  source?: string | null;
  description?: string;
}

/** RFC 9457, as the server words it. */
export interface Problem {
  status: number;
  title: string;
  detail: string;
  code?: string;
  /** Column of a filter's mistake, counted from 1. */
  column?: number;
}

export class ApiError extends Error {
  constructor(readonly problem: Problem) {
    super(problem.detail || problem.title);
  }
}

/** The server could not be reached at all. */
export class Unreachable extends Error {}

let onUnauthorized: () => void = () => undefined;
export function whenUnauthorized(handler: () => void): void {
  onUnauthorized = handler;
}

export async function problemOf(response: Response): Promise<Problem> {
  let body: Row = {};
  try {
    body = (await response.json()) as Row;
  } catch {
    // an answer without a JSON body still has its status
  }
  return problemFrom(body, response.status, response.statusText);
}

/** A problem's members, from an answer or from a message. */
export function problemFrom(body: Row, status: number, statusText = ''): Problem {
  const text = (key: string) => (typeof body[key] === 'string' ? body[key] : undefined);
  const column = Number(body.column);
  return {
    status,
    title: text('title') ?? `${status} ${statusText}`.trim(),
    detail: text('detail') ?? '',
    code: text('code'),
    column: body.column !== undefined && Number.isFinite(column) ? column : undefined,
  };
}

async function request(path: string, init?: RequestInit): Promise<Response> {
  let response: Response;
  try {
    response = await fetch(path, { credentials: 'same-origin', cache: 'no-store', ...init });
  } catch (cause) {
    if (cause instanceof DOMException && cause.name === 'AbortError') throw cause;
    throw new Unreachable(String(cause));
  }
  if (response.status === 401 && path !== '/api/session') onUnauthorized();
  return response;
}

async function ok(path: string, init?: RequestInit): Promise<Response> {
  const response = await request(path, init);
  if (!response.ok) throw new ApiError(await problemOf(response));
  return response;
}

async function json<T>(path: string, signal?: AbortSignal): Promise<T> {
  const response = await ok(path, { signal, headers: { Accept: 'application/json' } });
  return (await response.json()) as T;
}

function query(parameters: Record<string, string | number | undefined | null>): string {
  const pairs = Object.entries(parameters).filter(([, v]) => v !== undefined && v !== null && v !== '');
  return pairs.length ? `?${new URLSearchParams(pairs.map(([k, v]) => [k, String(v)])).toString()}` : '';
}

function header(response: Response, name: string): number | undefined {
  const text = response.headers.get(name);
  const value = Number(text);
  return text !== null && text !== '' && Number.isFinite(value) ? value : undefined;
}

export interface ListQuery {
  filter?: string;
  sort?: string;
  limit?: number;
}

export function flowsPath(q: ListQuery): string {
  return `/api/flows${query({ filter: q.filter, sort: q.sort, limit: q.limit })}`;
}

export function packetsPath(q: ListQuery): string {
  return `/api/packets${query({ filter: q.filter, limit: q.limit })}`;
}

export function dropsPath(q: ListQuery): string {
  return `/api/drops${query({ filter: q.filter, sort: q.sort, limit: q.limit })}`;
}

/** `down` answers 503 and still has its body. */
export async function getHealth(): Promise<Health> {
  const response = await request('/api/health', { headers: { Accept: 'application/json' } });
  if (response.headers.get('content-type')?.includes('json')) return (await response.json()) as Health;
  throw new Unreachable(`/api/health answered ${response.status}`);
}

export const getStats = () => json<Stats>('/api/stats');

export async function getFlows(q: ListQuery, signal?: AbortSignal): Promise<FlowsUpdate> {
  const response = await ok(flowsPath(q), { signal, headers: { Accept: 'application/json' } });
  return {
    sequence: header(response, 'X-Sequence'),
    total: header(response, 'X-Total-Count'),
    unfiltered: header(response, 'X-Unfiltered-Count'),
    flows: (await response.json()) as Flow[],
  };
}

export async function getPackets(q: ListQuery, signal?: AbortSignal): Promise<PacketsUpdate> {
  const response = await ok(packetsPath(q), { signal, headers: { Accept: 'application/json' } });
  return {
    sequence: header(response, 'X-Sequence'),
    total: header(response, 'X-Total-Count'),
    unfiltered: header(response, 'X-Unfiltered-Count'),
    packets: (await response.json()) as Packet[],
  };
}

/** Null if nothing of that flow is kept any more. */
export async function getApplication(filter: string): Promise<Application | null> {
  const report = await json<{ rows?: Application[] }>(`/api/reports/applications${query({ filter, limit: 1 })}`);
  return report.rows?.[0] ?? null;
}

type DropRow = Omit<Drop, 'advice'> & { advice?: string | null; advice_id?: string; command?: string | null };

const drop = ({ advice, advice_id, command, ...row }: DropRow): Drop => ({
  ...row,
  advice: advice ? { id: advice_id, sentence: advice, command } : null,
});

export async function getDrops(q: ListQuery, signal?: AbortSignal): Promise<DropsAnswer> {
  const response = await ok(dropsPath(q), { signal, headers: { Accept: 'application/json' } });
  const body = (await response.json()) as { total?: number; drops?: DropRow[] };
  return {
    sequence: header(response, 'X-Sequence'),
    matching: header(response, 'X-Total-Count'),
    unfiltered: header(response, 'X-Unfiltered-Count'),
    total: body.total,
    drops: (body.drops ?? []).map(drop),
  };
}

/** Newest first; null where the kernel tells of no single drop. */
export async function getDropEvents(q: ListQuery): Promise<DropEvent[] | null> {
  try {
    return await json<DropEvent[]>(`/api/drops/events${query({ filter: q.filter, limit: q.limit })}`);
  } catch (error) {
    if (error instanceof ApiError && error.problem.status === 404) return null;
    throw error;
  }
}

export interface GraphQuery {
  metric: GraphMetric;
  filter?: string;
  since?: string;
}

export const graphPath = (q: GraphQuery) => `/api/journeys/graph${query({ ...q })}`;
export const getGraph = (q: GraphQuery) => json<Graph>(graphPath(q));

export interface WindowQuery {
  filter?: string;
  by?: string;
  since?: string;
  until?: string;
}

export const latencyPath = (q: WindowQuery) => `/api/latency${query({ ...q })}`;

export async function getLatency(q: WindowQuery): Promise<LatencyAnswer> {
  const answer = await json<Partial<LatencyAnswer>>(latencyPath(q));
  return { ...answer, stages: answer.stages ?? [] };
}

export const heatmapPath = (q: WindowQuery & { stage: string }) => `/api/latency/heatmap${query({ ...q })}`;
export const getHeatmap = (q: WindowQuery & { stage: string }) => json<Heatmap>(heatmapPath(q));

export const journeysPath = (q: WindowQuery & { limit?: number }) => `/api/journeys${query({ ...q })}`;

export async function getJourneys(q: WindowQuery & { limit?: number }): Promise<JourneysAnswer> {
  const response = await ok(journeysPath(q), { headers: { Accept: 'application/json' } });
  return {
    matching: header(response, 'X-Total-Count'),
    unfiltered: header(response, 'X-Unfiltered-Count'),
    journeys: (await response.json()) as Journey[],
  };
}

/** Null if it is not kept any more. */
export async function getJourney(id: string): Promise<Journey | null> {
  try {
    return await json<Journey>(`/api/journeys/${encodeURIComponent(id)}`);
  } catch (error) {
    if (error instanceof ApiError && error.problem.status === 404) return null;
    throw error;
  }
}

export const tcpPath = (q: ListQuery) => `/api/tcp${query({ filter: q.filter, sort: q.sort, limit: q.limit })}`;

export async function getTcp(q: ListQuery): Promise<TcpAnswer> {
  const response = await ok(tcpPath(q), { headers: { Accept: 'application/json' } });
  return {
    sequence: header(response, 'X-Sequence'),
    matching: header(response, 'X-Total-Count'),
    unfiltered: header(response, 'X-Unfiltered-Count'),
    connections: (await response.json()) as TcpConnection[],
  };
}

export const getInterfaces = () => json<Interface[]>('/api/interfaces');

/** A name in a named network namespace is NS/IF, and its slash stays one. */
function interfacePath(name: string, action: string): string {
  return `/api/interfaces/${name.split('/').map(encodeURIComponent).join('/')}/${action}`;
}

export function attach(name: string, mode: string): Promise<Response> {
  return ok(interfacePath(name, 'attach'), {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ mode }),
  });
}

export function detach(name: string): Promise<Response> {
  return ok(interfacePath(name, 'detach'), { method: 'POST' });
}

/** Uploads a capture; `progress` is told parts of 1. fetch cannot tell them. */
export function replay(file: File, progress: (part: number) => void): Promise<void> {
  return new Promise((resolve, reject) => {
    const upload = new XMLHttpRequest();
    upload.open('POST', `/api/replay${query({ name: file.name })}`);
    upload.setRequestHeader('Content-Type', 'application/octet-stream');
    upload.setRequestHeader('Accept', 'application/json');
    upload.upload.onprogress = (e) => progress(e.lengthComputable ? e.loaded / e.total : 0);
    upload.onerror = () => reject(new Unreachable('upload'));
    upload.onload = () => {
      if (upload.status === 202) return resolve();
      let body: Row = {};
      try {
        body = JSON.parse(upload.responseText) as Row;
      } catch {
        // an answer without a JSON body still has its status
      }
      reject(new ApiError(problemFrom(body, upload.status, upload.statusText)));
    };
    upload.send(file);
  });
}

export function stopReplay(): Promise<Response> {
  return ok('/api/replay', { method: 'DELETE' });
}

/** Begins one; the answer's body is the file, and goes on until the capture ends. */
export function capture(order: CaptureOrder): Promise<Response> {
  return ok(`/api/capture${query({ ...order })}`, {
    method: 'POST',
    headers: { Accept: 'application/x-pcapng, application/problem+json;q=0.5' },
  });
}

export function endCapture(number: number): Promise<Response> {
  return ok(`/api/capture/${number}`, { method: 'DELETE' });
}

/** Newest first. */
export async function getCaptures(q: ListQuery): Promise<Capture[]> {
  const report = await json<{ rows?: Capture[] }>(`/api/reports/captures${query({ ...q })}`);
  return report.rows ?? [];
}

export const getWhy = (question: string) => json<Answer>(`/api/why${query({ q: question })}`);
export const getStandsOut = () => json<StandsOutAnswer>('/api/stands-out');

export const getCpus = () => json<Cpu[]>('/api/cpus');

export const getTop = (by: string, limit: number) => json<TopRow[]>(`/api/top${query({ by, limit })}`);
export const getDoctor = () => json<Check[]>('/api/doctor');
export const getPrivacy = () => json<Privacy>('/api/privacy');
export const getProgramCosts = () => json<ProgramCost[]>('/api/cost');
export const getMemory = () => json<MemoryShare[]>('/api/memory');

export function measure(seconds: number): Promise<Response> {
  return ok('/api/cost/measure', {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ seconds }),
  });
}

export const getLedger = () => json<Ledger>('/api/ledger');
export const getVersion = () => json<Row>('/api/version');

/** A list that is either bare or wrapped in an object under a name. */
async function list<T>(path: string, key: string): Promise<T[]> {
  const answer = await json<T[] | Record<string, T[]>>(path);
  return Array.isArray(answer) ? answer : (answer[key] ?? []);
}

export const getAnalyzers = () => list<Row>('/api/analyzers', 'analyzers');
export const getFields = () => list<Field>('/api/fields', 'fields');

export async function getSeries(metric: Metric | typeof DROP_METRIC, window: string): Promise<[number, number][]> {
  const answer = await json<{ points?: [number, number][] }>(`/api/timeseries${query({ metric, window })}`);
  return answer.points ?? [];
}

export type Role = 'admin' | 'operator' | 'viewer';

/** What the token may do with which this page signed in. */
export const getRole = async () => (await json<{ role: Role }>('/api/session')).role;

/** Exchanges a token for the cookie. */
export async function signIn(token: string): Promise<void> {
  await ok('/api/session', {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ token }),
  });
}

/** The same answer as the table's, in another form, for a download. */
export async function download(path: string, accept: string): Promise<Blob> {
  return (await ok(path, { headers: { Accept: accept } })).blob();
}
