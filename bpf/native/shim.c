/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What Debian's static libbpf and libelf need before they can become part of a
 * shared object: both are built as PIE, not PIC. libbpf addresses stderr and
 * stdout directly, so the Makefile renames them to the two hidden pointers
 * here. libelf keeps its error code in local-exec TLS, so its elf_error.o is
 * left out and replaced by the three functions here.
 */
#include <stdio.h>

#define HIDDEN __attribute__((visibility("hidden")))

HIDDEN FILE *jopil_stderr;
HIDDEN FILE *jopil_stdout;

__attribute__((constructor)) static void set_streams(void)
{
	jopil_stderr = stderr;
	jopil_stdout = stdout;
}

static __thread int last_error;

HIDDEN void __libelf_seterrno(int value)
{
	last_error = value;
}

HIDDEN int elf_errno(void)
{
	int value = last_error;

	last_error = 0;
	return value;
}

HIDDEN const char *elf_errmsg(int error)
{
	return error || last_error ? "not a usable ELF object" : NULL;
}
