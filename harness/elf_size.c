/* SPDX-License-Identifier: BSD-2-Clause */
#include <fcntl.h>
#include <gelf.h>
#include <unistd.h>

#include "bench.h"

uint64_t elf_image_size(const char *path)
{
	uint64_t size = 0;
	Elf_Scn *section = NULL;
	GElf_Shdr head;
	Elf *elf;
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0 || elf_version(EV_CURRENT) == EV_NONE) {
		return 0;
	}
	elf = elf_begin(fd, ELF_C_READ, NULL);
	while (elf != NULL && (section = elf_nextscn(elf, section)) != NULL) {
		if (gelf_getshdr(section, &head) != NULL &&
		    (head.sh_flags & SHF_ALLOC) != 0 &&
		    head.sh_type != SHT_NOBITS) {
			size += head.sh_size;
		}
	}
	elf_end(elf);
	close(fd);
	return size;
}
