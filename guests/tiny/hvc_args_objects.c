/* SPDX-License-Identifier: BSD-2-Clause */
#include "hvc_args.h"

#include <abi/hypercall.h>

#include "rt/hv.h"

struct hv_root root;
struct hvc_args_good good;

static uint64_t create(unsigned number)
{
	struct hv r = hv_call(
		number, (const uint64_t[8]){ root.partition, root.cspace });

	return r.err == HV_OK ? r.out[0] : 0;
}

uint64_t copy(uint64_t cap, uint64_t to, uint64_t rights)
{
	struct hv r = HV(CSPACE_COPY_CAP_FROM, root.cspace, cap, to, rights);

	return r.err == HV_OK ? r.out[0] : 0;
}

bool drop(uint64_t cap)
{
	return HV(CSPACE_DELETE_CAP_FROM, root.cspace, cap).err == HV_OK;
}

uint64_t good_cap(char letter)
{
	switch (letter) {
	case 'p':
		return good.partition;
	case 's':
		return good.cspace;
	case 'a':
		return good.addrspace;
	case 'm':
		return good.memextent;
	case 't':
		return good.thread;
	case 'd':
		return good.doorbell;
	case 'q':
		return good.msgqueue;
	case 'v':
		return good.vic;
	case 'w':
		return good.watchdog;
	case 'g':
		return good.group;
	case 'h':
		return good.hwirq;
	default:
		return 0;
	}
}

static unsigned create_number(char letter)
{
	switch (letter) {
	case 'p':
		return HVC_PARTITION_CREATE_PARTITION;
	case 's':
		return HVC_PARTITION_CREATE_CSPACE;
	case 'a':
		return HVC_PARTITION_CREATE_ADDRSPACE;
	case 'm':
		return HVC_PARTITION_CREATE_MEMEXTENT;
	case 't':
		return HVC_PARTITION_CREATE_THREAD;
	case 'd':
		return HVC_PARTITION_CREATE_DOORBELL;
	case 'q':
		return HVC_PARTITION_CREATE_MSGQUEUE;
	case 'v':
		return HVC_PARTITION_CREATE_VIC;
	case 'w':
		return HVC_PARTITION_CREATE_WATCHDOG;
	default:
		return HVC_PARTITION_CREATE_VPM_GROUP;
	}
}

static bool activate(uint64_t cap)
{
	return HV(OBJECT_ACTIVATE, cap).err == HV_OK;
}

bool make_objects(void)
{
	bool ok = true;

	good.partition = create(HVC_PARTITION_CREATE_PARTITION);
	good.cspace = create(HVC_PARTITION_CREATE_CSPACE);
	good.addrspace = create(HVC_PARTITION_CREATE_ADDRSPACE);
	good.memextent = create(HVC_PARTITION_CREATE_MEMEXTENT);
	good.thread = create(HVC_PARTITION_CREATE_THREAD);
	good.doorbell = create(HVC_PARTITION_CREATE_DOORBELL);
	good.msgqueue = create(HVC_PARTITION_CREATE_MSGQUEUE);
	good.vic = create(HVC_PARTITION_CREATE_VIC);
	good.watchdog = create(HVC_PARTITION_CREATE_WATCHDOG);
	good.group = create(HVC_PARTITION_CREATE_VPM_GROUP);
	good.hwirq = root.device[0].hwirq; /* nobody makes one */
	ok &= HV(CSPACE_CONFIGURE, good.cspace, 100).err == 0;
	ok &= HV(ADDRSPACE_CONFIGURE, good.addrspace, 77).err == 0;
	ok &= HV(MEMEXTENT_CONFIGURE_DERIVE, good.memextent,
	         root.ram[root.ram_count - 1].cap, 0, 0x200000, 7 | 1 << 16)
	              .err == 0;
	ok &= HV(MSGQUEUE_CONFIGURE, good.msgqueue, 4 | 64 << 16).err == 0;
	ok &= HV(VIC_CONFIGURE, good.vic, 2, 32).err == 0;
	/* The thread stays as it is: nobody shall run. */
	ok &= activate(good.partition) && activate(good.cspace) &&
	      activate(good.addrspace) && activate(good.memextent) &&
	      activate(good.doorbell) && activate(good.msgqueue) &&
	      activate(good.vic) && activate(good.watchdog) &&
	      activate(good.group);
	return ok;
}

bool make_spoilt(void)
{
	uint64_t master = create(HVC_PARTITION_CREATE_DOORBELL);
	bool ok;

	good.revoked = copy(master, root.cspace, ~0u);
	ok = HV(CSPACE_REVOKE_CAPS_FROM, root.cspace, master).err == HV_OK;
	ok &= drop(master);
	good.stale = master;
	good.foreign = copy(good.doorbell, good.cspace, ~0u);
	for (const char *letter = HVC_ARGS_LETTERS; *letter != '\0'; letter++) {
		good.none[(int)*letter] =
			copy(good_cap(*letter), root.cspace, 0);
		ok &= good.none[(int)*letter] != 0;
		good.raw[(int)*letter] = create(create_number(*letter));
		ok &= good.raw[(int)*letter] != 0;
	}
	good.none['h'] = copy(good.hwirq, root.cspace, 0);
	ok &= good.none['h'] != 0;
	return ok && good.revoked != 0 && good.foreign != 0;
}
