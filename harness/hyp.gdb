# SPDX-License-Identifier: BSD-2-Clause
# gdb commands for our hypervisor, stopped while a CPU is at EL2:
#   vms             every VM, and whether it has ended
#   vcpu VM N       one vCPU: state, registers, interrupts
#   virqs VM N      its private interrupts
#   ring CPU N      the last N records of a CPU's trace ring
set print pretty on

define vms
  set $i = 1
  while $i < 256
    if vms[$i] != 0
      printf "vm %d \"%s\": %d vCPUs, %d on, end ", $i, vms[$i]->name, vms[$i]->vcpu_count, vms[$i]->powered
      output vms[$i]->end
      printf "\n"
    end
    set $i = $i + 1
  end
end
document vms
Every VM: name, vCPUs, and why it ended, if it has.
end

define vcpu
  set $v = vms[$arg0]->vcpu[$arg1]
  printf "vm %d vcpu %d: ", $arg0, $arg1
  output $v->state
  printf ", on cpu %d, queue of cpu %d, asked %#x\n", $v->loaded_on, $v->cpu, $v->request
  printf "at its last exit: pc %#lx pstate %#lx\n", $v->regs.pc, $v->regs.pstate
  virqs $arg0 $arg1
end
document vcpu
vcpu VM N: state, place in the scheduler, registers at its last exit.
end

define virqs
  set $b = &vms[$arg0]->vcpu[$arg1]->vgic->bank
  printf "enabled %#x latched %#x line %#x active %#x queued %#x listed %#x\n", $b->enabled, $b->latch, $b->line, $b->active, $b->queued, $b->listed
end
document virqs
virqs VM N: private interrupts of a vCPU, one bit each.
end

define ring
  set $r = trace_rings[$arg0]
  set $n = $r->head > $arg1 ? $r->head - $arg1 : 0
  while $n < $r->head
    set $t = &$r->slot[$n & ($r->count - 1)]
    printf "%12lu vm %3d.%-2d id %#04x aux %#6x a %#18lx b %#18lx\n", $t->ticks, $t->vmid, $t->vcpu, $t->id, $t->aux, $t->a, $t->b
    set $n = $n + 1
  end
end
document ring
ring CPU N: the last N records of that CPU's trace ring.
end
