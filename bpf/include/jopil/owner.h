/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0 */
/*
 * What owner.bpf.c and the Java half share. Java takes every offset from the
 * object's BTF.
 */
#ifndef JOPIL_OWNER_H
#define JOPIL_OWNER_H

#include <linux/types.h>

/* Where the owner was seen; each of them in process context. */
enum jopil_owner_source {
	JOPIL_OWNER_CREATE = 1, /* socket() */
	JOPIL_OWNER_CONNECT = 2,
	JOPIL_OWNER_LISTEN = 3,
	JOPIL_OWNER_SEND = 4,
	JOPIL_OWNER_RECEIVE = 5,
	JOPIL_OWNER_FILE = 6, /* among its open files, by iterator */
	JOPIL_OWNER_LISTENER = 7, /* accepted, not used yet: its listener's owner */
};

/*
 * Who used a socket last. Map owners: LRU_HASH, socket cookie -> this, also after
 * the socket is gone, until newer sockets need the room; what came into it since
 * the last time is read from the iterator jopil_owner_recent. Map owner_sockets
 * holds the same while the socket lives.
 *
 * A reader of owners must find its cookie in `check`, then copy, then find it in
 * `cookie`: the kernel gives an entry to another socket without waiting for readers,
 * and writes it from the first byte to the last (owner_of.h).
 */
struct socket_owner {
	__u64 cookie;
	__u64 start_boot_ns; /* of the process: with tgid unique until reboot */
	__u64 cgroup; /* id in the unified hierarchy */
	__u64 seen_jiffies;
	__u32 tgid; /* of the first pid namespace */
	__u32 uid; /* of the first user namespace */
	char comm[16]; /* of the process, not of the thread */
	__u32 netns; /* inode of the socket's */
	__u16 family;
	__u16 protocol;
	__u8 local[16]; /* IPv4: ::ffff:a.b.c.d */
	__u8 remote[16];
	__u16 local_port;
	__u16 remote_port;
	__u16 source; /* enum jopil_owner_source */
	__u16 changes; /* other processes before this one, 65,535 at most */
	__u32 pass; /* of jopil_owner_files, that found it or before which it was learned */
	__u32 version; /* in owner_sockets: another with every writer */
	__u64 writing; /* there: the socket's cookie while it is written, else 0 or a listener's */
	__u64 check; /* cookie once more */
};

/* Read from the iterator jopil_owner_list: a living socket, its addresses as they are now. */
struct owned_socket {
	struct socket_owner owner;
	__u32 bound_ifindex; /* 0 = none */
	__u8 state; /* the kernel's TCP_ESTABLISHED (1) and so on, of UDP too */
	__u8 ipv6_only;
	__u16 reserved;
};

/* Map owner_books, per CPU. */
struct owner_book {
	__u64 learned;
	__u64 changed; /* of these: the owner was another before */
	__u64 no_storage; /* not learned: no memory, or the socket is going */
	__u64 busy; /* not learned: another CPU was writing this very owner */
	__u64 not_stored; /* learned for owner_sockets only: owners refused it */
};

/* Read from the iterator jopil_owner_files: one a process and open file. */
struct socket_holder {
	__u64 cookie;
	__u64 start_boot_ns;
	__u32 tgid;
	__u32 fd;
};

_Static_assert(sizeof(struct socket_owner) == 128, "socket_owner: no hole");
_Static_assert(sizeof(struct owned_socket) == 136, "owned_socket: no hole");
_Static_assert(sizeof(struct socket_holder) == 24, "socket_holder: no hole");

#endif
