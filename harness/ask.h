/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * --triage: look into a machine that another harness runs just now.
 *
 * A run keeps a file "running" in its evidence folder, which names a socket.
 * Who connects to it gets the triage's sentence, and the machine goes on.
 */
#ifndef ASK_H
#define ASK_H

struct boot;
struct options;

/** Listen for who asks; without a socket the run goes on all the same.
 * @return the descriptor to poll, or -1 */
int ask_open(struct boot *boot);

/** Answer who has connected. Takes as long as a triage. */
void ask_serve(struct boot *boot);

void ask_close(struct boot *boot);

/** The other side: ask every run that the patterns choose. @return the exit
 * status of the program */
int ask_run(const struct options *opt);

#endif
