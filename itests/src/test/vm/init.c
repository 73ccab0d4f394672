// SPDX-License-Identifier: Apache-2.0
/*
 * init SCRIPT SHARE: the guest's first process, alone in its initramfs with the
 * kernel modules that it needs. Its root becomes the host's file system by 9p,
 * read-only, under a layer in memory that takes what is written. Runs SCRIPT
 * SHARE with bash in there, reaps, and powers off when it has ended.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static void fail(const char *what)
{
	fprintf(stderr, "init: %s: %s\n", what, strerror(errno));
	reboot(RB_POWER_OFF);
	_exit(1);
}

static void put(const char *source, const char *target, const char *type, unsigned long flags, const char *options)
{
	mkdir(target, 0755);
	if (mount(source, target, type, flags, options))
		fail(target);
}

static void open_console(void)
{
	int console = open("/dev/console", O_RDWR);

	if (console < 0)
		return;
	for (int fd = 0; fd < 3; fd++)
		dup2(console, fd);
}

/* One file name a line, each after those that it needs. */
static void load_modules(const char *list)
{
	char name[256];
	FILE *names = fopen(list, "r");

	if (!names)
		fail(list);
	while (fgets(name, sizeof(name), names)) {
		int fd;

		name[strcspn(name, "\n")] = 0;
		fd = open(name, O_RDONLY | O_CLOEXEC);
		if (fd < 0 || (syscall(SYS_finit_module, fd, "", 0) && errno != EEXIST))
			fail(name);
		close(fd);
	}
	fclose(names);
}

static void enter_host(void)
{
	put("host", "/host", "9p", MS_RDONLY, "trans=virtio,version=9p2000.L,cache=loose,msize=262144");
	put("memory", "/memory", "tmpfs", 0, "size=75%");
	mkdir("/memory/upper", 0755);
	mkdir("/memory/work", 0755);
	put("root", "/root", "overlay", 0, "lowerdir=/host,upperdir=/memory/upper,workdir=/memory/work");
	put("dev", "/root/dev", "devtmpfs", 0, NULL);
	if (chdir("/root") || mount(".", "/", NULL, MS_MOVE, NULL) || chroot(".") || chdir("/"))
		fail("root");
}

int main(int argc, char **argv)
{
	pid_t child, ended;

	put("dev", "/dev", "devtmpfs", 0, NULL);
	open_console();
	if (argc != 3)
		fail("usage: init SCRIPT SHARE");
	load_modules("/modules");
	enter_host();
	child = fork();
	if (child < 0)
		fail("fork");
	if (!child) {
		setsid();
		execl("/bin/bash", "bash", argv[1], argv[2], NULL);
		_exit(127);
	}
	do
		ended = wait(NULL);
	while (ended != child && (ended > 0 || errno == EINTR));
	sync();
	reboot(RB_POWER_OFF);
	return 1;
}
