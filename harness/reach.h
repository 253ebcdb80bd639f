/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The map from scenarios to functions, made by --coverage, read by --changed.
 *
 *     {"format": 1,
 *      "sources": {ID: {PATH: STAMP, ...}},           (stamp.h)
 *      "scenarios": {KEY: {"sources": ID,
 *                          "reaches": {PATH: [FUNCTION, ...]}}}}
 *
 * KEY is the scenario's file and the mode, with a space between.  ID stands
 * for the state of the sources on which it was measured.
 */
#ifndef REACH_H
#define REACH_H

#include <jansson.h>
#include <stdbool.h>

/** @return an empty map; the caller has the reference. */
json_t *reach_new(void);

/**
 * Read the map in @path.
 * @return NULL when there is none, or after one complaint when it is none
 */
json_t *reach_load(const char *path);

/**
 * Write it, all or nothing, without the scenarios whose file is deleted (a
 * relative one is looked for from here) and the sources that nobody refers to.
 * @return 0, or -1 with errno set
 */
int reach_save(json_t *map, const char *path);

/** Remember the state @stamps of the sources. @return its ID; the caller
 * frees. */
char *reach_add_sources(json_t *map, json_t *stamps);

/**
 * Remember what @key has reached on the sources @id: more, when it was measured
 * on the same ones before, and in place of what was found on others.
 * @reaches is taken over.
 */
void reach_add(json_t *map, const char *key, const char *id, json_t *reaches);

/** Was @key measured? */
bool reach_knows(const json_t *map, const char *key);

/** Does @key reach @function of @path? */
bool reach_has(const json_t *map, const char *key, const char *path,
               const char *function);

/** The sources that @key was measured on: an ID, and their stamps. */
const char *reach_id(const json_t *map, const char *key);
json_t *reach_sources(const json_t *map, const char *id);

#endif
