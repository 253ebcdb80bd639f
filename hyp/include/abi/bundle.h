/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The bundle: one flattened device tree that holds every image of a boot,
 * shaped like U-Boot's "Flat Image Tree".
 *
 *     / {
 *         description = "...";
 *         images {
 *             hyp        { description; type = "hypervisor"; data; hash-1 {..}; };
 *             scenario   { type = "flat_dt"; data; hash-1 {..}; };
 *             IMAGE...   { type = "standalone"; data; hash-1 {..}; };
 *         };
 *         configurations { default = "boot";
 *             boot { firmware = "hyp"; fdt = "scenario"; loadables = ...; };
 *         };
 *     };
 *     hash-1 { algo = "sha256"; value = <32 bytes>; };
 *
 * Each data property is the file as built (hyp and payloads: raw binary with
 * the arm64 Image header, Linux' "booting.rst").  An image without a hash-1 is
 * refused like one whose hash is wrong.
 */
#ifndef ABI_BUNDLE_H
#define ABI_BUNDLE_H

#define BUNDLE_IMAGES     "/images"
#define BUNDLE_CONFIG     "/configurations/boot"
#define BUNDLE_HYP        "hyp"
#define BUNDLE_SCENARIO   "scenario"
#define BUNDLE_DATA       "data"
#define BUNDLE_TYPE       "type"
#define BUNDLE_HASH_NODE  "hash-1"
#define BUNDLE_HASH_ALGO  "sha256"
#define BUNDLE_HASH_BYTES 32
#define BUNDLE_SIZE_MAX   (512ul << 20)

#endif
