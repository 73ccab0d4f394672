// SPDX-License-Identifier: Apache-2.0
// What the fake server says to why, and what stands out.

export const WHY = {
  verdict: 'firewall',
  sentence: 'nft dropped 214 packets to port 8080 in the input hook of jopil-demo-orders.',
  level: 'bad',
  evidence: [
    {
      text: '214 packets to port 8080 dropped in the last 60 s: NETFILTER_DROP in nft_do_chain on jopil-demo-orders/eth0.',
      report: 'drop-events',
      filter: 'dst_port == 8080 and reason == NETFILTER_DROP',
    },
    {
      text: 'At this place in all: 4,812 packets since JOPIL started.',
      report: 'drops',
      filter: 'reason == NETFILTER_DROP',
    },
  ],
  next: { text: 'See what does it:', command: 'ip netns exec jopil-demo-orders nft -a list ruleset' },
  missing: ['journeys: not measured here.'],
};

export const STANDS_OUT = {
  as_of: new Date().toISOString(),
  items: [
    {
      sentence: 'nft drops 3 packets a second in the input hook of jopil-demo-orders.',
      level: 'bad',
      kind: 'firewall',
      question: '8080',
      link: 'drops',
    },
    {
      sentence: 'Packets wait 48 ms for orders[812] to read.',
      level: 'bad',
      kind: 'slow-reader',
      question: 'orders[812]',
      link: 'latency',
    },
  ],
  text: '2 things stand out.',
};
