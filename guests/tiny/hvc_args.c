/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Every hypercall with arguments that it must refuse (docs/abi.md).
 *
 * One row per call says what each argument is.  For each argument in turn, all
 * others being good, bad ones of its kind are tried: numbers at the edges,
 * random ones, capabilities that are stale, revoked, foreign, of another type
 * or without rights.  Whatever is tried, the ledger is the same afterwards.
 */
#include <stdio.h>

#include "greatest.h"
#include "rt/dt.h"
#include "rt/hv.h"
#include "rt/hv_root.h"

/*
 * What an argument is: a capability, by the first letter of its type (s for
 * capability space, k for any in that space, g for VM group), z and o for reserved (0, -1),
 * x for a value.
 */
static const struct row {
	unsigned number;
	const char *args;
	const char *name;
} rows[] = {
	{ HVC_PARTITION_CREATE_PARTITION, "psz", "create_partition" },
	{ HVC_PARTITION_CREATE_CSPACE, "psz", "create_cspace" },
	{ HVC_PARTITION_CREATE_ADDRSPACE, "psz", "create_addrspace" },
	{ HVC_PARTITION_CREATE_MEMEXTENT, "psz", "create_memextent" },
	{ HVC_PARTITION_CREATE_THREAD, "psz", "create_thread" },
	{ HVC_PARTITION_CREATE_DOORBELL, "psz", "create_doorbell" },
	{ HVC_PARTITION_CREATE_MSGQUEUE, "psz", "create_msgqueue" },
	{ HVC_PARTITION_CREATE_VIC, "psz", "create_vic" },
	{ HVC_OBJECT_ACTIVATE, "kz", "object_activate" },
	{ HVC_OBJECT_ACTIVATE_FROM, "skz", "object_activate_from" },
	{ HVC_DOORBELL_BIND_VIRQ, "dvxz", "doorbell_bind_virq" },
	{ HVC_DOORBELL_UNBIND_VIRQ, "dz", "doorbell_unbind_virq" },
	{ HVC_DOORBELL_SEND, "dxz", "doorbell_send" },
	{ HVC_DOORBELL_RECEIVE, "dxz", "doorbell_receive" },
	{ HVC_DOORBELL_RESET, "dz", "doorbell_reset" },
	{ HVC_DOORBELL_MASK, "dxxz", "doorbell_mask" },
	{ HVC_MSGQUEUE_BIND_SEND_VIRQ, "qvxz", "msgqueue_bind_send" },
	{ HVC_MSGQUEUE_BIND_RECEIVE_VIRQ, "qvxz", "msgqueue_bind_receive" },
	{ HVC_MSGQUEUE_UNBIND_SEND_VIRQ, "qz", "msgqueue_unbind_send" },
	{ HVC_MSGQUEUE_UNBIND_RECEIVE_VIRQ, "qz", "msgqueue_unbind_receive" },
	{ HVC_MSGQUEUE_SEND, "qxxxz", "msgqueue_send" },
	{ HVC_MSGQUEUE_RECEIVE, "qxxz", "msgqueue_receive" },
	{ HVC_MSGQUEUE_FLUSH, "qz", "msgqueue_flush" },
	{ HVC_MSGQUEUE_CONFIGURE_SEND, "qxxo", "msgqueue_configure_send" },
	{ HVC_MSGQUEUE_CONFIGURE_RECEIVE, "qxxo",
	  "msgqueue_configure_receive" },
	{ HVC_MSGQUEUE_CONFIGURE, "qxz", "msgqueue_configure" },
	{ HVC_CSPACE_DELETE_CAP_FROM, "skz", "cspace_delete_cap_from" },
	{ HVC_CSPACE_COPY_CAP_FROM, "sksxz", "cspace_copy_cap_from" },
	{ HVC_CSPACE_CONFIGURE, "sxz", "cspace_configure" },
	{ HVC_CSPACE_REVOKE_CAPS_FROM, "skz", "cspace_revoke_caps_from" },
	{ HVC_CSPACE_ATTACH_THREAD, "stz", "cspace_attach_thread" },
	{ HVC_VIC_CONFIGURE, "vxxxx", "vic_configure" },
	{ HVC_VGIC_SET_MPIDR_MAPPING, "vxxxxxx", "vgic_set_mpidr_mapping" },
	{ HVC_VIC_ATTACH_VCPU, "vtxz", "vic_attach_vcpu" },
	{ HVC_ADDRSPACE_ATTACH_THREAD, "atz", "addrspace_attach_thread" },
	{ HVC_ADDRSPACE_MAP, "amxxxxx", "addrspace_map" },
	{ HVC_ADDRSPACE_UNMAP, "amxxxx", "addrspace_unmap" },
	{ HVC_ADDRSPACE_UPDATE_ACCESS, "amxxxxx", "update_access" },
	{ HVC_ADDRSPACE_CONFIGURE, "axz", "addrspace_configure" },
	{ HVC_ADDRSPACE_LOOKUP, "amxxz", "addrspace_lookup" },
	{ HVC_ADDRSPACE_CONFIGURE_VMMIO, "axxxz", "configure_vmmio" },
	{ HVC_ADDRSPACE_ATTACH_VDEVICE, "avxxxz", "attach_vdevice" },
	{ HVC_MEMEXTENT_MODIFY, "mxxx", "memextent_modify" },
	{ HVC_MEMEXTENT_CONFIGURE, "mxxxz", "memextent_configure" },
	{ HVC_MEMEXTENT_CONFIGURE_DERIVE, "mmxxxz", "configure_derive" },
	{ HVC_MEMEXTENT_DONATE, "xmmxxz", "memextent_donate" },
	{ HVC_VCPU_CONFIGURE, "txz", "vcpu_configure" },
	{ HVC_VCPU_POWERON, "txxx", "vcpu_poweron" },
	{ HVC_VCPU_POWEROFF, "tx", "vcpu_poweroff" },
	{ HVC_VCPU_KILL, "tz", "vcpu_kill" },
	{ HVC_VCPU_SET_AFFINITY, "txo", "vcpu_set_affinity" },
	{ HVC_VCPU_SET_PRIORITY, "tx", "vcpu_set_priority" },
	{ HVC_VCPU_SET_TIMESLICE, "tx", "vcpu_set_timeslice" },
	{ HVC_VCPU_REGISTER_WRITE, "txxxz", "vcpu_register_write" },
	{ HVC_VCPU_BIND_VIRQ, "tvxxz", "vcpu_bind_virq" },
	{ HVC_VCPU_UNBIND_VIRQ, "txz", "vcpu_unbind_virq" },
	{ HVC_VCPU_RUN, "txxxz", "vcpu_run" },
	{ HVC_VCPU_RUN_CHECK, "tz", "vcpu_run_check" },
	{ HVC_PARTITION_CREATE_WATCHDOG, "psz", "create_watchdog" },
	{ HVC_PARTITION_CREATE_VPM_GROUP, "psz", "create_vpm_group" },
	{ HVC_WATCHDOG_CONFIGURE, "wxz", "watchdog_configure" },
	{ HVC_WATCHDOG_ATTACH_VCPU, "wtz", "watchdog_attach_vcpu" },
	{ HVC_WATCHDOG_BIND_VIRQ, "wvxx", "watchdog_bind_virq" },
	{ HVC_WATCHDOG_UNBIND_VIRQ, "wx", "watchdog_unbind_virq" },
	{ HVC_WATCHDOG_MANAGE, "wxz", "watchdog_manage" },
	{ HVC_VPM_GROUP_CONFIGURE, "gxz", "vpm_group_configure" },
	{ HVC_VPM_GROUP_ATTACH_VCPU, "gtxz", "vpm_group_attach_vcpu" },
	{ HVC_VPM_GROUP_BIND_VIRQ, "gvxz", "vpm_group_bind_virq" },
	{ HVC_VPM_GROUP_UNBIND_VIRQ, "gz", "vpm_group_unbind_virq" },
	{ HVC_VPM_GROUP_GET_STATE, "gz", "vpm_group_get_state" },
	{ HVC_SCHEDULER_YIELD, "xxz", "scheduler_yield" },
	{ HVC_PRNG_GET_ENTROPY, "xz", "prng_get_entropy" },
	{ HVC_TRACE_UPDATE_CLASS_FLAGS, "xxz", "trace_update_class_flags" },
	{ HVC_TS_LEDGER, "xz", "ts_ledger" },
	{ HVC_TS_ROOT_ENV, "xz", "ts_root_env" },
	{ HVC_TS_PARTITION_LIMIT, "ppxz", "ts_partition_limit" },
};

#define ROWS (sizeof(rows) / sizeof(rows[0]))

static const uint64_t edges[] = {
	0,          1,          ~0ull,      0x7fffffff, 0xffffffff80000000ull,
	0x80000000, 0xffffffff, 1ull << 32, 1ull << 63, 0x7fffffffffffffffull,
	0x6000,
};

#define EDGES (sizeof(edges) / sizeof(edges[0]))

static struct hv_root root;
static uint64_t seed;

/* One object of each type, and spoilt capabilities. */
static struct {
	uint64_t partition, cspace, addrspace, memextent, thread, doorbell;
	uint64_t msgqueue, vic, watchdog, group;
	uint64_t stale;     /* deleted */
	uint64_t revoked;   /* a doorbell's */
	uint64_t foreign;   /* good in another space, not here */
	uint64_t none[128]; /* by letter: the same without any right */
} good;

static uint64_t next_random(void)
{
	seed = seed * 6364136223846793005u + 1442695040888963407u;
	return seed ^ seed >> 29;
}

static uint64_t create(unsigned number)
{
	struct hv r = hv_call(
		number, (const uint64_t[8]){ root.partition, root.cspace });

	return r.err == HV_OK ? r.out[0] : 0;
}

static uint64_t copy(uint64_t cap, uint64_t to, uint64_t rights)
{
	struct hv r = HV(CSPACE_COPY_CAP_FROM, root.cspace, cap, to, rights);

	return r.err == HV_OK ? r.out[0] : 0;
}

static bool drop(uint64_t cap)
{
	return HV(CSPACE_DELETE_CAP_FROM, root.cspace, cap).err == HV_OK;
}

static uint64_t good_cap(char letter)
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
	default:
		return 0;
	}
}

static bool activate(uint64_t cap)
{
	return HV(OBJECT_ACTIVATE, cap).err == HV_OK;
}

static bool make_objects(void)
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

static bool make_spoilt(void)
{
	uint64_t master = create(HVC_PARTITION_CREATE_DOORBELL);
	bool ok;

	good.revoked = copy(master, root.cspace, ~0u);
	ok = HV(CSPACE_REVOKE_CAPS_FROM, root.cspace, master).err == HV_OK;
	ok &= drop(master);
	good.stale = master;
	good.foreign = copy(good.doorbell, good.cspace, ~0u);
	for (const char *letter = "psamtdqvwg"; *letter != '\0'; letter++) {
		good.none[(int)*letter] =
			copy(good_cap(*letter), root.cspace, 0);
		ok &= good.none[(int)*letter] != 0;
	}
	return ok && good.revoked != 0 && good.foreign != 0;
}

/* Good arguments for @row; what they come to does not matter. */
static void fill(const struct row *row, uint64_t arg[8])
{
	for (unsigned i = 0; i < 8; i++) {
		arg[i] = 0;
	}
	for (unsigned i = 0; row->args[i] != '\0'; i++) {
		char kind = row->args[i];

		if (kind == 'o') {
			arg[i] = ~0ull;
		} else if (kind == 'k') {
			arg[i] = good.stale; /* must not do what it says */
		} else if (kind != 'x' && kind != 'z') {
			arg[i] = good_cap(kind);
		}
	}
}

static char message[160];

static const char *complain(const struct row *row, unsigned at, uint64_t value,
                            int64_t want, int64_t got)
{
	snprintf(message, sizeof(message),
	         "%s: argument %u = %#llx: want %lld, got %lld", row->name, at,
	         (unsigned long long)value, (long long)want, (long long)got);
	return message;
}

/* @return what is wrong, or NULL */
static const char *expect(const struct row *row, unsigned at, uint64_t value,
                          int64_t want)
{
	uint64_t arg[8];
	struct hv r;

	fill(row, arg);
	arg[at] = value;
	r = hv_call(row->number, arg);
	if (row->number == HVC_VCPU_BIND_VIRQ && at > 0 &&
	    r.err == HV_OBJECT_STATE) {
		return NULL; /* our thread is not active: seen first */
	}
	if (r.err != want) {
		return complain(row, at, value, want, r.err);
	}
	return NULL;
}

static const char *try_numbers_as_cap(const struct row *row, unsigned at)
{
	const char *wrong = NULL;

	for (unsigned i = 0; i < EDGES && wrong == NULL; i++) {
		wrong = expect(row, at, edges[i], HV_CAP_NULL);
	}
	for (unsigned i = 0; i < 20 && wrong == NULL; i++) {
		wrong = expect(row, at, next_random(), HV_CAP_NULL);
	}
	for (unsigned bit = 0; bit < 64 && wrong == NULL; bit++) {
		wrong = expect(row, at, good.doorbell ^ 1ull << bit,
		               HV_CAP_NULL);
	}
	if (wrong == NULL) {
		wrong = expect(row, at, good.stale, HV_CAP_NULL);
	}
	if (wrong == NULL && row->args[0] != 's') {
		/* Calls on its own space may use it. */
		wrong = expect(row, at, good.foreign, HV_CAP_NULL);
	}
	return wrong;
}

static const char *try_cap(const struct row *row, unsigned at)
{
	char kind = row->args[at];
	const char *wrong = try_numbers_as_cap(row, at);

	if (wrong != NULL || kind == 'k') {
		return wrong;
	}
	wrong = expect(row, at, good.revoked, HV_CAP_REVOKED);
	if (wrong == NULL) {
		wrong = expect(row, at,
		               kind == 'd' ? good.msgqueue : good.doorbell,
		               HV_WRONG_OBJECT_TYPE);
	}
	if (wrong == NULL) {
		wrong = expect(row, at, good.none[(int)kind],
		               HV_INSUFFICIENT_RIGHTS);
	}
	return wrong;
}

static const char *try_reserved(const struct row *row, unsigned at)
{
	uint64_t must_be = row->args[at] == 'o' ? ~0ull : 0;
	const char *wrong = NULL;

	for (unsigned i = 0; i < EDGES && wrong == NULL; i++) {
		if (edges[i] != must_be) {
			wrong = expect(row, at, edges[i], HV_ARGUMENT_INVALID);
		}
	}
	return wrong;
}

static bool is_known(int64_t err)
{
#define CASE(num, name) case num:
	switch (err) {
		HV_ERRORS(CASE)
		return true;
	default:
		return false;
	}
}

/* A value may be good or bad; the answer is one of the documented codes. */
static const char *try_value(const struct row *row, unsigned at)
{
	for (unsigned i = 0; i < EDGES + 20; i++) {
		uint64_t value = i < EDGES ? edges[i] : next_random();
		uint64_t arg[8];
		struct hv r;

		fill(row, arg);
		arg[at] = value;
		r = hv_call(row->number, arg);
		if (!is_known(r.err) || r.err == HV_UNIMPLEMENTED) {
			if (row->number == HVC_ADDRSPACE_CONFIGURE_VMMIO ||
			    row->number == HVC_MSGQUEUE_CONFIGURE_SEND ||
			    row->number == HVC_MSGQUEUE_CONFIGURE_RECEIVE ||
			    row->number == HVC_PRNG_GET_ENTROPY) {
				continue; /* documented there */
			}
			return complain(row, at, value, 0, r.err);
		}
	}
	return NULL;
}

TEST c54_c58_c61_each_argument_of_a_call_is_checked(unsigned nr)
{
	const struct row *row = &rows[nr];
	const char *wrong = NULL;

	for (unsigned at = 0; row->args[at] != '\0' && wrong == NULL; at++) {
		switch (row->args[at]) {
		case 'z':
		case 'o':
			wrong = try_reserved(row, at);
			break;
		case 'x':
			wrong = try_value(row, at);
			break;
		default:
			wrong = try_cap(row, at);
			break;
		}
	}
	ASSERTm(wrong, wrong == NULL);
	PASSm(row->name);
}

TEST c2_c70_numbers_without_a_call_return_minus_1(void)
{
	unsigned holes = 0;

	for (unsigned n = 0; n < HVC_COUNT; n++) {
		bool is_there = n == HVC_IDENTIFY || n == HVC_TS_BOOT_INFO ||
		                n == HVC_OBJECT_RESET ||
		                n == HVC_OBJECT_RESET_FROM ||
		                n == HVC_CSPACE_REVOKE_CAP_FROM;

		for (unsigned i = 0; i < ROWS; i++) {
			is_there |= rows[i].number == n;
		}
		if (is_there) {
			continue;
		}
		struct hv r = hv_call(n, (const uint64_t[8]){ 1, 2, 3, 4 });

		if (r.err != HV_UNIMPLEMENTED) {
			snprintf(message, sizeof(message), "call %#x: %lld", n,
			         (long long)r.err);
			FAILm(message);
		}
		holes++;
	}
	ASSERT_GT(holes, 300);
	PASS();
}

TEST c65_a_refused_call_returns_nothing_of_the_hypervisors(void)
{
	for (unsigned i = 0; i < ROWS; i++) {
		uint64_t arg[8];
		struct hv r;

		fill(&rows[i], arg);
		if (rows[i].args[0] == 'x') {
			continue;
		}
		arg[0] = 0;
		r = hv_call(rows[i].number, arg);
		ASSERT_EQ_FMT((long)HV_CAP_NULL, (long)r.err, "%ld");
		for (unsigned k = 0; k < 4; k++) {
			/* Zero, or what we had put there ourselves. */
			ASSERTm(rows[i].name,
			        r.out[k] == 0 || r.out[k] == arg[k + 1]);
		}
	}
	PASS();
}

static uint64_t before[LEDGER_COUNT];

TEST the_objects_for_the_test_can_be_made(void)
{
	seed = dt_bootarg_number("seed", 1);
	ASSERT(hv_root_env(&root));
	ASSERT(root.ram_count > 0);
	ASSERT(hv_ledger(before));
	ASSERT(make_objects());
	ASSERT(make_spoilt());
	PASS();
}

TEST c67_after_all_of_it_the_ledger_is_what_it_was(void)
{
	static const char letters[] = "psamtdqvwg";
	uint64_t after[LEDGER_COUNT];

	for (unsigned i = 0; letters[i] != '\0'; i++) {
		ASSERT(drop(good.none[(int)letters[i]]));
	}
	ASSERT(drop(good.revoked));
	for (unsigned i = 0; letters[i] != '\0'; i++) {
		ASSERT(drop(good_cap(letters[i])));
	}
	ASSERT(hv_ledger(after));
	ASSERT_STR_EQ("nothing",
	              hv_ledger_difference(before, after) ?: "nothing");
	PASS();
}

SUITE(arguments)
{
	RUN_TEST(the_objects_for_the_test_can_be_made);
	for (unsigned i = 0; i < ROWS; i++) {
		RUN_TESTp(c54_c58_c61_each_argument_of_a_call_is_checked, i);
	}
	RUN_TEST(c2_c70_numbers_without_a_call_return_minus_1);
	RUN_TEST(c65_a_refused_call_returns_nothing_of_the_hypervisors);
	RUN_TEST(c67_after_all_of_it_the_ledger_is_what_it_was);
}

GREATEST_MAIN_DEFS();

int main(int argc, char **argv)
{
	GREATEST_MAIN_BEGIN();
	RUN_SUITE(arguments);
	GREATEST_MAIN_END();
}
