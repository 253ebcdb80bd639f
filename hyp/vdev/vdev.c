/* SPDX-License-Identifier: BSD-2-Clause */
/* The devices every VM has, made and unmade with it. */
#include "vdev/vdev.h"

#include "mem/page.h"
#include "vm/vm.h"

_Static_assert(sizeof(struct console_vm) <= PAGE_SIZE, "lives in one page");

static enum err attach_devices(struct console_vm *c)
{
	TRY(mmio_attach(&c->bus, ipa(VDEV_UART_BASE), &vpl011_model, &c->uart));
	TRY(mmio_attach(&c->bus, ipa(VDEV_RTC_BASE), &vpl031_model, &c->rtc));
	return ERR_OK;
}

static enum err vm_init(struct vm *vm)
{
	struct console_vm *c = page_alloc(PAGE_OBJECT);
	enum err err;

	if (c == NULL) {
		return ERR_NOMEM;
	}
	err = attach_devices(c);
	if (err == ERR_OK) {
		err = vpl011_init(&c->uart, vm, vm->vmid, VDEV_UART_INTID);
	}
	if (err != ERR_OK) {
		page_free(c, PAGE_OBJECT);
		return err;
	}
	vpl031_init(&c->rtc, vm, VDEV_RTC_INTID);
	vm->console = c;
	vm->bus = &c->bus;
	return ERR_OK;
}

static void vm_fini(struct vm *vm)
{
	struct console_vm *c = vm->console;

	vpl031_fini(&c->rtc);
	vpl011_fini(&c->uart);
	vm->bus = NULL;
	vm->console = NULL;
	page_free(c, PAGE_OBJECT);
}

static void vm_ended(struct vm *vm)
{
	vpl011_end(&vm->console->uart);
}

const struct vm_part vdev_part = {
	.name = "vdev",
	.vm_init = vm_init,
	.vm_fini = vm_fini,
	.vm_ended = vm_ended,
};
