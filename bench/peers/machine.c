/*
 * What one core can do with 128-bit vectors, natively: fused multiply-adds, and moving memory. The counterpart of
 * bench/kernels/assembly/machine.ts.
 *
 * Commands on stdin, one a line; the answer to each is the microseconds that it took:
 *   madds COUNT          COUNT times 12 multiply-adds of vectors, in independent chains
 *   read BYTES COUNT     COUNT times over BYTES, a multiple of 128
 *   update BYTES COUNT   the same, written back
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

typedef float vector __attribute__((vector_size(16)));

/* In assembly where we know it, so that the compiler neither widens nor merges the chains. */
#if defined(__x86_64__)
#define MADD(x) __asm__ volatile("vfmadd213ps %1, %1, %0" : "+x"(x) : "x"(half))
#elif defined(__aarch64__)
#define MADD(x) __asm__ volatile("fmla %0.4s, %1.4s, %1.4s" : "+w"(x) : "w"(half))
#else
#define MADD(x) x = x * half + half
#endif

static volatile float sink;

static void madds(long count) {
  vector half = {0.5f, 0.5f, 0.5f, 0.5f};
  vector a = half, b = a, c = a, d = a, e = a, f = a, g = a, h = a, i = a, j = a, k = a, l = a;
  while (count-- > 0) {
    MADD(a); MADD(b); MADD(c); MADD(d); MADD(e); MADD(f);
    MADD(g); MADD(h); MADD(i); MADD(j); MADD(k); MADD(l);
  }
  vector sum = a + b + c + d + e + f + g + h + i + j + k + l;
  sink = sum[0];
}

/* One call a sweep, so that no compiler sees that they are alike. */
__attribute__((noinline)) static void read_once(const vector *x, size_t vectors) {
  vector a = {0}, b = a, c = a, d = a;
  for (size_t n = 0; n < vectors; n += 8) {
    a += x[n] + x[n + 4];
    b += x[n + 1] + x[n + 5];
    c += x[n + 2] + x[n + 6];
    d += x[n + 3] + x[n + 7];
  }
  vector sum = a + b + c + d;
  sink = sum[0];
}

__attribute__((noinline)) static void update_once(vector *x, size_t vectors) {
  vector one = {1, 1, 1, 1};
  for (size_t n = 0; n < vectors; n += 4) {
    x[n] += one;
    x[n + 1] += one;
    x[n + 2] += one;
    x[n + 3] += one;
  }
}

static vector *room(size_t bytes) {
  static vector *memory;
  static size_t held;
  if (bytes > held) {
    free(memory);
    memory = aligned_alloc(64, bytes);
    if (!memory) exit(1);
    memset(memory, 0, bytes);
    held = bytes;
  }
  return memory;
}

int main(void) {
  long count;
  size_t bytes;
  for (char line[256]; fgets(line, sizeof line, stdin);) {
    int is_read = sscanf(line, "read %zu %ld", &bytes, &count) == 2;
    int is_update = !is_read && sscanf(line, "update %zu %ld", &bytes, &count) == 2;
    int is_madds = !is_read && !is_update && sscanf(line, "madds %ld", &count) == 1;
    if (!is_read && !is_update && !is_madds) return fprintf(stderr, "cannot do: %s", line), 1;
    vector *memory = is_madds ? NULL : room(bytes);
    struct timespec start, end;
    clock_gettime(CLOCK_MONOTONIC, &start);
    if (is_madds) madds(count);
    else for (long n = 0; n < count; n++) is_read ? read_once(memory, bytes / 16) : update_once(memory, bytes / 16);
    clock_gettime(CLOCK_MONOTONIC, &end);
    printf("%.3f\n", (end.tv_sec - start.tv_sec) * 1e6 + (end.tv_nsec - start.tv_nsec) * 1e-3);
    fflush(stdout);
  }
  return 0;
}
