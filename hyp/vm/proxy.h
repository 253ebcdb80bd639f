/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Proxy scheduling: a vCPU that runs only inside another one's vcpu_run call.
 *
 * The runner keeps its place in the scheduler: its priority, its slice.  While
 * it runs the other vCPU, the CPU has the other one's registers; whatever makes
 * that one stop (sleep, device access, a due scheduler, a request for the
 * runner) ends the call and gives the runner its result.
 */
#ifndef VM_PROXY_H
#define VM_PROXY_H

#include <stdint.h>

#include "lib/err.h"
#include "vm/vcpu.h"

/**
 * @v belongs to no run queue from now on; or to one again.
 *
 * @on_wakeup  called when it has been asleep and is ready; any CPU, no lock
 * @return  ERR_BUSY  it is running at the moment, by whichever means
 */
MUST_USE enum err proxy_bind(struct vcpu *v, void (*on_wakeup)(struct vcpu *));
MUST_USE enum err proxy_unbind(struct vcpu *v);

/**
 * The call vcpu_run of @runner, which runs here.
 *
 * @resume  what the runner answers to the exit before
 * @out     state and data; if @v is really run, they are written to the
 *          runner's X1 to X4 once more when it is over
 * @return  ERR_BUSY  @v is not bound, or somebody runs it already
 */
MUST_USE enum err proxy_run(struct vcpu *runner, struct vcpu *v,
                            const uint64_t resume[3], uint64_t out[4]);

/**
 * @v, which was told to go off and belongs to no runner any more, goes before
 * all others: who waits for it must not wait for those that keep CPUs busy.
 */
void proxy_hasten(struct vcpu *v);

/** State and data of @v, which nobody runs: of the call vcpu_run_check. */
void proxy_look(struct vcpu *v, uint64_t out[4]);

/**
 * @v, which runs here by a proxy, cannot go on without its runner.
 *
 * @finish  called with resume0 before it goes on; NULL: nothing to do
 */
void proxy_leave(struct vcpu *v, uint64_t state, uint64_t a, uint64_t b,
                 uint64_t c, void (*finish)(struct vcpu *v, uint64_t resume));

/** For the scheduler: end the call that runs @v. @return its runner */
struct vcpu *proxy_finish(struct vcpu *v);

#endif
