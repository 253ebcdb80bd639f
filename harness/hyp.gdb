# SPDX-License-Identifier: BSD-2-Clause
# gdb commands for our hypervisor, on a stopped machine or on core.elf:
#   vms             every VM, and whether it has ended
#   vcpu [VM] N     one vCPU (of every VM): state, registers, interrupts
#   virqs VM [N]    interrupts of a VM (of one vCPU)
#   s2 VM IPA       what the VM sees there
#   owner PA        who owns that page of RAM
#   ledger          every counter of the ledger
#   trace N         the last N records of all trace rings, newest first
#   ring CPU N      the last N records of one CPU's ring
# EL2's memory is seen only by a CPU that is at EL2: each command chooses one.
set print pretty on
set pagination off

define hyp_note_el2
  if (($cpsr >> 2) & 3) == 2
    set $hyp_thread = $_thread
  end
end

define hyp_focus
  set $hyp_thread = 0
  thread apply all -s -q hyp_note_el2
  if $hyp_thread != 0
    if $hyp_thread != $_thread
      thread $hyp_thread
    end
  else
    printf "no CPU is at EL2: what follows may not be readable\n"
  end
end
document hyp_focus
Choose a CPU that is at EL2.
end

define vms
  hyp_focus
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

define hyp_vcpu
  set $v = vms[$arg0]->vcpu[$arg1]
  printf "vm %d vcpu %d: ", $arg0, $arg1
  output $v->state
  printf ", on cpu %d, queue of cpu %d, asked %#x\n", $v->loaded_on, $v->cpu, $v->request
  printf "  at its last exit: pc %#lx pstate %#lx\n", $v->regs.pc, $v->regs.pstate
  hyp_virqs $arg0 $arg1
end

define hyp_virqs
  set $b = &vms[$arg0]->vcpu[$arg1]->vgic->bank
  printf "  vcpu %d: enabled %#x latched %#x line %#x active %#x queued %#x listed %#x\n", $arg1, $b->enabled, $b->latch, $b->line, $b->active, $b->queued, $b->listed
end

define vcpu
  hyp_focus
  if $argc == 2
    hyp_vcpu $arg0 $arg1
  else
    set $vm_i = 1
    while $vm_i < 256
      if vms[$vm_i] != 0
        if $arg0 < vms[$vm_i]->vcpu_count
          hyp_vcpu $vm_i $arg0
        end
      end
      set $vm_i = $vm_i + 1
    end
  end
end
document vcpu
vcpu [VM] N: state, place in the scheduler, registers at its last exit.
end

define virqs
  hyp_focus
  if $argc == 2
    hyp_virqs $arg0 $arg1
  else
    set $n = 0
    while $n < vms[$arg0]->vcpu_count
      hyp_virqs $arg0 $n
      set $n = $n + 1
    end
    set $n = 1
    while $n < vms[$arg0]->vgic->bank_count
      set $b = &vms[$arg0]->vgic->spis[$n]->bank
      printf "  from %d: enabled %#x latched %#x line %#x active %#x queued %#x listed %#x\n", $n * 32, $b->enabled, $b->latch, $b->line, $b->active, $b->queued, $b->listed
      set $n = $n + 1
    end
  end
end
document virqs
virqs VM [N]: interrupts, one bit each: private ones of each vCPU, shared ones
by banks of 32.
end

# EL2 sees the RAM at PA at RAM_VA + PA (hyp/mem/phys.h).
define s2
  hyp_focus
  set $ipa = (unsigned long)$arg1
  set $table = (unsigned long)vms[$arg0]->s2.root
  set $level = vms[$arg0]->s2.start_level
  set $mask = (1ul << vms[$arg0]->s2.ipa_bits) - 1
  set $going = ($ipa & ~$mask) == 0
  if !$going
    printf "%#lx is beyond the VM's address space\n", $ipa
  end
  while $going
    set $shift = 39 - 9 * $level
    set $entry = ((unsigned long *)$table)[($ipa & $mask) >> $shift]
    set $mask = (1ul << $shift) - 1
    if !($entry & 1)
      printf "%#lx is not mapped (level %d)\n", $ipa, $level
      set $going = 0
    else
      if $level < 3 && ($entry & 2)
        set $table = 0x400000000000 + ($entry & 0xfffffffff000)
        set $level = $level + 1
      else
        printf "%#lx is PA %#lx, descriptor %#lx of level %d: ", $ipa, ($entry & 0xfffffffff000 & ~$mask) + ($ipa & $mask), $entry, $level
        printf "R%d W%d XN%d attributes %#x\n", ($entry >> 6) & 1, ($entry >> 7) & 1, ($entry >> 53) & 3, ($entry >> 2) & 15
        set $going = 0
      end
    end
  end
end
document s2
s2 VM IPA: the stage-2 descriptor that translates the address.
end

define owner
  hyp_focus
  set $pa = (unsigned long)$arg0
  set $i = 0
  set $found = 0
  while $i < sizeof('owner_table.c'::tables) / sizeof('owner_table.c'::tables[0])
    set $t = &'owner_table.c'::tables[$i]
    if $pa - $t->base < $t->size
      set $head = ($pa - $t->base) / 0x200000
      while !(($t->heads[$head / 64] >> ($head % 64)) & 1)
        set $head = $head - 1
      end
      set $block = &$t->blocks[$head]
      if $block->leaf != 0
        set $word = $block->leaf->word[($pa % 0x200000) / 0x1000]
      else
        set $word = $block->word
      end
      printf "%#lx: ", $pa
      output (enum owner_state)($word & 7)
      printf ", mapped %d times, dirty %d, extent %d\n", ($word >> 4) & 7, ($word >> 3) & 1, $word >> 16
      set $found = 1
    end
    set $i = $i + 1
  end
  if !$found
    printf "%#lx is not RAM\n", $pa
  end
end
document owner
owner PA: state of that page, how often it is mapped, number of its extent.
end

define hyp_row
  output (enum ledger_counter)$row
  printf " %lu\n", (unsigned long)($arg0)
  set $row = $row + 1
end

define ledger
  hyp_focus
  set $row = 0
  hyp_row heap.free_pages
  set $i = 0
  while $i < 8
    hyp_row heap.used[$i]
    set $i = $i + 1
  end
  hyp_row slab_objects
  set $i = 1
  while $i < 7
    hyp_row owner_counts[$i]
    set $i = $i + 1
  end
  hyp_row root_partition.limit
  hyp_row root_partition.used
  set $count = 0
  set $i = 1
  while $i < 256
    set $count = $count + (vms[$i] != 0)
    set $i = $i + 1
  end
  hyp_row $count
  set $i = 0
  while $i < 11
    hyp_row object_counts[$i]
    set $i = $i + 1
  end
  hyp_row caps_total
  hyp_row virqs_bound
  set $count = 0
  set $heads = 0
  set $i = 0
  while $i < 8
    set $head = &wheels[$i].armed
    set $node = $head->next
    while $node != 0 && $node != $head
      set $count = $count + 1
      set $node = $node->next
    end
    set $heads = $heads + trace_rings[$i]->head
    set $i = $i + 1
  end
  hyp_row $count
  hyp_row $heads
  hyp_row tlb_flushes
  hyp_row cache_bytes
end
document ledger
Every counter of the ledger (abi/ledger.h).
end

define hyp_record
  printf "%12lu cpu %d vm %3d.%-3d ", $arg0->ticks, $arg0->cpu, $arg0->vmid, $arg0->vcpu
  output (enum trace_id)$arg0->id
  printf " aux %#x a %#lx b %#lx\n", $arg0->aux, $arg0->a, $arg0->b
end

define ring
  hyp_focus
  set $r = trace_rings[$arg0]
  set $n = $r->head > $arg1 ? $r->head - $arg1 : 0
  while $n < $r->head
    set $t = &$r->slot[$n & ($r->count - 1)]
    hyp_record $t
    set $n = $n + 1
  end
end
document ring
ring CPU N: the last N records of that CPU's trace ring, newest last.
end

define trace
  hyp_focus
  set $left = $arg0
  set $at = {0ul, 0ul, 0ul, 0ul, 0ul, 0ul, 0ul, 0ul}
  set $i = 0
  while $i < 8
    set $at[$i] = trace_rings[$i]->head
    set $i = $i + 1
  end
  while $left > 0
    set $best = (struct trace_record *)0
    set $best_cpu = 0
    set $i = 0
    while $i < 8
      set $r = trace_rings[$i]
      if $at[$i] > 0 && $r->head - $at[$i] < $r->count
        set $t = &$r->slot[($at[$i] - 1) & ($r->count - 1)]
        if $best == 0 || $t->ticks > $best->ticks
          set $best = $t
          set $best_cpu = $i
        end
      end
      set $i = $i + 1
    end
    if $best == 0
      set $left = 0
    else
      hyp_record $best
      set $at[$best_cpu] = $at[$best_cpu] - 1
      set $left = $left - 1
    end
  end
end
document trace
trace N: the last N records of all CPUs, newest first.
end
