// SPDX-License-Identifier: Apache-2.0
/*
 * reader ADDRESS PORT SLEEP_MS
 *     Serves one TCP connection after the other. What has arrived lies for SLEEP_MS before it is read.
 */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	struct sockaddr_in at = { .sin_family = AF_INET };
	static char buffer[65536];
	int listener, one = 1;

	if (argc != 4 || inet_pton(AF_INET, argv[1], &at.sin_addr) != 1)
		return 2;
	at.sin_port = htons(atoi(argv[2]));
	listener = socket(AF_INET, SOCK_STREAM, 0);
	setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (bind(listener, (struct sockaddr *)&at, sizeof(at)) || listen(listener, 16)) {
		perror("listen");
		return 1;
	}
	puts("ready");
	fflush(stdout);
	for (;;) {
		int caller = accept(listener, NULL, NULL);
		struct pollfd arrival = { .fd = caller, .events = POLLIN };

		while (poll(&arrival, 1, -1) == 1) {
			usleep(atoi(argv[3]) * 1000);
			if (read(caller, buffer, sizeof(buffer)) <= 0)
				break;
		}
		close(caller);
	}
}
