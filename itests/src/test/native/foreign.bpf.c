// SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0
/* Somebody else's program on an XDP hook: lets everything pass. */

__attribute__((section("xdp"), used)) int foreign(void *ctx)
{
	(void)ctx;
	return 2; /* XDP_PASS */
}

__attribute__((section("license"), used)) char _license[] = "GPL";
