// SPDX-License-Identifier: Apache-2.0
// What has arrived and is not on the screen yet: while paused, while the tab is hidden, until the next frame.
// Bounded: of a state the newest wins, of events the newest few thousand stay.

import type { FlowsUpdate, Packet, Stats, TimePoint } from './api';

export const RING_PACKETS = 5000;
export const RING_POINTS = 600;

export class Inbox {
  stats: Stats | null = null;
  flows: FlowsUpdate | null = null;
  points: TimePoint[] = [];
  /** Newest first. */
  packets: Packet[] = [];
  skipped = 0;
  /** Messages taken in since the last `take`; a packet counts by itself. */
  waiting = 0;

  addStats(stats: Stats): void {
    this.stats = stats;
    this.waiting++;
  }

  addFlows(flows: FlowsUpdate): void {
    this.flows = flows;
    this.waiting++;
  }

  addPoint(point: TimePoint): void {
    this.points.push(point);
    if (this.points.length > RING_POINTS) this.points.shift();
    this.waiting++;
  }

  addPackets(packets: Packet[], skipped: number): void {
    this.packets = packets.concat(this.packets).slice(0, RING_PACKETS);
    this.skipped += skipped;
    this.waiting += packets.length;
  }

  /** Forgets events (not states): what "jump to now" means. */
  dropEvents(): void {
    this.packets = [];
    this.skipped = 0;
  }

  take(): Inbox {
    const taken = new Inbox();
    Object.assign(taken, this);
    Object.assign(this, new Inbox());
    return taken;
  }
}
