/*
 * CD-1 of a restricted Boltzmann machine as it is usually written: four passes over W, each a BLAS call.
 *
 *   h0 = sigma(W v0 + c), s0 ~ h0      sgemv
 *   v1 = sigma(W's0 + b)               sgemv, transposed
 *   h1 = sigma(W v1 + c)               sgemv
 *   W += rate (h0 v0' - h1 v1')        sger, twice
 *
 * W is (H, D). Commands on stdin and answers on stdout, one a line: see README.md.
 */
#include <cblas.h>
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static int D, H, rows;
static float *w, *b, *c, *data, *h0, *s0, *h1, *v1;

static uint32_t state = 2463534242u;
static float uniform(void) { /* xorshift32, Marsaglia 2003 */
  state ^= state << 13;
  state ^= state >> 17;
  state ^= state << 5;
  return (float)(state >> 8) * 0x1p-24f;
}

static void sigmoids(float *restrict x, int n) {
  for (int i = 0; i < n; i++) x[i] = 1.0f / (1.0f + expf(-x[i]));
}

static void hidden(const float *v, float *h) {
  memcpy(h, c, H * sizeof *h);
  cblas_sgemv(CblasRowMajor, CblasNoTrans, H, D, 1, w, D, v, 1, 1, h, 1);
  sigmoids(h, H);
}

static void learn(const float *v0, float rate) {
  hidden(v0, h0);
  for (int j = 0; j < H; j++) s0[j] = uniform() < h0[j];
  memcpy(v1, b, D * sizeof *v1);
  cblas_sgemv(CblasRowMajor, CblasTrans, H, D, 1, w, D, s0, 1, 1, v1, 1);
  sigmoids(v1, D);
  hidden(v1, h1);
  cblas_sger(CblasRowMajor, H, D, rate, h0, 1, v0, 1, w, D);
  cblas_sger(CblasRowMajor, H, D, -rate, h1, 1, v1, 1, w, D);
  for (int i = 0; i < D; i++) b[i] += rate * (v0[i] - v1[i]);
  for (int j = 0; j < H; j++) c[j] += rate * (h0[j] - h1[j]);
}

static float *vector(size_t n) {
  float *x = aligned_alloc(64, (n * sizeof *x + 63) & ~(size_t)63);
  if (!x) exit(1);
  return x;
}

static int transfer(const char *path, int writes) {
  FILE *file = fopen(path, writes ? "wb" : "rb");
  if (!file) return 0;
  struct { float *x; size_t n; } parts[] = {{w, (size_t)H * D}, {b, D}, {c, H}, {data, writes ? 0 : (size_t)rows * D}};
  int whole = 1;
  for (int k = 0; k < 4; k++) {
    size_t done = writes ? fwrite(parts[k].x, 4, parts[k].n, file) : fread(parts[k].x, 4, parts[k].n, file);
    whole &= done == parts[k].n;
  }
  return fclose(file) == 0 && whole;
}

int main(int count, char **arguments) {
  if (count != 4) return fprintf(stderr, "usage: openblas D H ROWS\n"), 2;
  D = atoi(arguments[1]);
  H = atoi(arguments[2]);
  rows = atoi(arguments[3]);
  w = vector((size_t)H * D), b = vector(D), c = vector(H), data = vector((size_t)rows * D);
  h0 = vector(H), s0 = vector(H), h1 = vector(H), v1 = vector(D);
  char path[4096];
  int examples;
  float rate;
  for (char line[8192]; fgets(line, sizeof line, stdin);) {
    if (sscanf(line, "learn %d %f", &examples, &rate) == 2) {
      struct timespec start, end;
      clock_gettime(CLOCK_MONOTONIC, &start);
      for (int k = 0; k < examples; k++) learn(data + (size_t)(k % rows) * D, rate);
      clock_gettime(CLOCK_MONOTONIC, &end);
      printf("%.3f\n", (end.tv_sec - start.tv_sec) * 1e6 + (end.tv_nsec - start.tv_nsec) * 1e-3);
    } else if (sscanf(line, "load %4095[^\n]", path) == 1 && transfer(path, 0)) {
      puts("ok");
    } else if (sscanf(line, "save %4095[^\n]", path) == 1 && transfer(path, 1)) {
      puts("ok");
    } else {
      return fprintf(stderr, "cannot do: %s", line), 1;
    }
    fflush(stdout);
  }
  return 0;
}
