/* SPDX-License-Identifier: BSD-2-Clause */
/* SHA-256 in C; names as in FIPS 180-4.  Compiles for host and target. */
#include "sha256.h"

#include <string.h>

/* First 32 bits of the fractions of the cube roots of the first 64 primes. */
static const uint32_t k[64] = {
	0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1,
	0x923f82a4, 0xab1c5ed5, 0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3,
	0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174, 0xe49b69c1, 0xefbe4786,
	0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
	0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147,
	0x06ca6351, 0x14292967, 0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13,
	0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85, 0xa2bfe8a1, 0xa81a664b,
	0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
	0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a,
	0x5b9cca4f, 0x682e6ff3, 0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208,
	0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2,
};

/* First 32 bits of the fractions of the square roots of the first 8 primes. */
static const uint32_t initial[8] = {
	0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
	0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19,
};

static uint32_t rotr(uint32_t x, unsigned n)
{
	return x >> n | x << (32 - n);
}

static uint32_t load_be32(const uint8_t *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 |
	       (uint32_t)p[2] << 8 | p[3];
}

static void store_be32(uint8_t *p, uint32_t x)
{
	p[0] = (uint8_t)(x >> 24);
	p[1] = (uint8_t)(x >> 16);
	p[2] = (uint8_t)(x >> 8);
	p[3] = (uint8_t)x;
}

static void schedule(uint32_t w[64], const uint8_t *block)
{
	for (unsigned t = 0; t < 16; t++) {
		w[t] = load_be32(block + 4 * t);
	}
	for (unsigned t = 16; t < 64; t++) {
		uint32_t x = w[t - 15], y = w[t - 2];
		uint32_t sigma0 = rotr(x, 7) ^ rotr(x, 18) ^ x >> 3;
		uint32_t sigma1 = rotr(y, 17) ^ rotr(y, 19) ^ y >> 10;

		w[t] = sigma1 + w[t - 7] + sigma0 + w[t - 16];
	}
}

static void work_in(uint32_t state[8], const uint8_t *block)
{
	/* Not an array: in variables, the eight of them stay in registers. */
	uint32_t a = state[0], b = state[1], c = state[2], d = state[3];
	uint32_t e = state[4], f = state[5], g = state[6], h = state[7];
	uint32_t w[64];

	schedule(w, block);
	for (unsigned t = 0; t < 64; t++) {
		uint32_t sum1 = rotr(e, 6) ^ rotr(e, 11) ^ rotr(e, 25);
		uint32_t choice = (e & f) ^ (~e & g);
		uint32_t sum0 = rotr(a, 2) ^ rotr(a, 13) ^ rotr(a, 22);
		uint32_t majority = (a & b) ^ (a & c) ^ (b & c);
		uint32_t t1 = h + sum1 + choice + k[t] + w[t];

		h = g;
		g = f;
		f = e;
		e = d + t1;
		d = c;
		c = b;
		b = a;
		a = t1 + sum0 + majority;
	}
	state[0] += a;
	state[1] += b;
	state[2] += c;
	state[3] += d;
	state[4] += e;
	state[5] += f;
	state[6] += g;
	state[7] += h;
}

void sha256_blocks_portable(uint32_t state[8], const void *data, size_t count)
{
	const uint8_t *block = data;

	for (; count > 0; count--, block += SHA256_BLOCK_BYTES) {
		work_in(state, block);
	}
}

void sha256(uint8_t digest[SHA256_BYTES], const void *data, size_t len,
            sha256_blocks_fn *blocks)
{
	uint8_t tail[2 * SHA256_BLOCK_BYTES] = { 0 };
	size_t rest = len % SHA256_BLOCK_BYTES;
	/* The padding: a one bit, zeros, and the length in 8 bytes. */
	size_t tail_len = rest + 9 <= SHA256_BLOCK_BYTES ? 64 : 128;
	uint64_t bits = (uint64_t)len * 8;
	uint32_t state[8];

	memcpy(state, initial, sizeof(state));
	blocks(state, data, len / SHA256_BLOCK_BYTES);

	memcpy(tail, (const uint8_t *)data + len - rest, rest);
	tail[rest] = 0x80;
	store_be32(tail + tail_len - 8, (uint32_t)(bits >> 32));
	store_be32(tail + tail_len - 4, (uint32_t)bits);
	blocks(state, tail, tail_len / SHA256_BLOCK_BYTES);

	for (unsigned i = 0; i < 8; i++) {
		store_be32(digest + 4 * i, state[i]);
	}
}
