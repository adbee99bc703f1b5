/*
 * CD-1 of a restricted Boltzmann machine with one sweep over W for an example, natively: how far the instructions of this
 * processor go with vectors of 128 bits, as WebAssembly has, or with the widest (-DWIDE).
 *
 * While W is swept for example t, the hidden units of example t + 1 are found from the weights that are about to change:
 *
 *   h1 = sigmoid(W v1 + c)
 *   W v0' after the update = W v0' + rate h0 (v0.v0') - rate h1 (v1.v0')
 *   W += rate (h0 v0 - h1 v1), and rows of units that are on for t + 1 are added to the next reconstruction at once
 *
 * A panel of rows stays in the cache from its dots to its update. W is (H, D) with padded rows. Commands on stdin and
 * answers on stdout, one a line: see README.md.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#if !defined(WIDE)
#define LANES 4
#elif defined(__AVX512F__)
#define LANES 16
#elif defined(__AVX__)
#define LANES 8
#else
#define LANES 4
#endif

typedef float vec __attribute__((vector_size(4 * LANES)));
typedef int32_t ivec __attribute__((vector_size(4 * LANES)));
typedef uint32_t uvec __attribute__((vector_size(4 * LANES)));

/* D and H in vectors and in floats, vectors from a row of W to the next, rows of a panel. */
static int D, H, rows, width, height, stride, panel;
static vec *w, *b, *c, *data, *h0, *h1, *v1, *down;

static uvec state;

static vec uniform(void) { /* xorshift32, Marsaglia 2003, a generator a lane */
  state ^= state << 13;
  state ^= state >> 17;
  state ^= state << 5;
  return __builtin_convertvector((ivec)(state >> 8), vec) * 0x1p-24f;
}

static inline vec all(float x) { return x - (vec){0}; }

static inline vec least(vec x, float y) { ivec m = x < y; return (vec)(((ivec)x & m) | ((ivec)all(y) & ~m)); }
static inline vec most(vec x, float y) { ivec m = x > y; return (vec)(((ivec)x & m) | ((ivec)all(y) & ~m)); }

/* 2^n 2^f with n the next integer and a Taylor polynomial of degree 6 for 2^f, |f| <= 1/2. */
static inline vec sigmoid(vec x) {
  const vec round = all(0x1.8p23f);
  vec t = least(most(x, -87), 87) * -1.44269504f;
  vec n = t + round;
  vec f = (t - (n - round)) * 0.693147181f;
  vec p = all(1 / 720.f);
  p = p * f + 1 / 120.f;
  p = p * f + 1 / 24.f;
  p = p * f + 1 / 6.f;
  p = p * f + 0.5f;
  p = p * f + 1.f;
  p = p * f + 1.f;
  vec power = (vec)(((ivec)n << 23) + (ivec)all(1));
  return 1.f / (1.f + p * power);
}

static inline float total(vec x) {
  float sum = 0;
  for (int k = 0; k < LANES; k++) sum += x[k];
  return sum;
}

static float dot(const vec *x, const vec *y) {
  vec even = {0}, odd = {0};
  int i = 0;
  for (; i + 1 < width; i += 2) even += x[i] * y[i], odd += x[i + 1] * y[i + 1];
  if (i < width) even += x[i] * y[i];
  return total(even + odd);
}

/* Four rows of W times two vectors. */
static inline void dots(const vec *w, const vec *x, const vec *y, float *of_x, float *of_y) {
  const vec *p = w, *q = w + stride, *r = w + 2 * stride, *s = w + 3 * stride;
  vec a = {0}, b = a, c = a, d = a, e = a, f = a, g = a, h = a;
  for (int i = 0; i < width; i++) {
    a += p[i] * x[i], b += q[i] * x[i], c += r[i] * x[i], d += s[i] * x[i];
    e += p[i] * y[i], f += q[i] * y[i], g += r[i] * y[i], h += s[i] * y[i];
  }
  of_x[0] = total(a), of_x[1] = total(b), of_x[2] = total(c), of_x[3] = total(d);
  of_y[0] = total(e), of_y[1] = total(f), of_y[2] = total(g), of_y[3] = total(h);
}

/* Update four rows by up v0 - back v1, and add the first `on` of them to the next reconstruction. */
static inline __attribute__((always_inline)) void update(int on, vec **rows, const float *up, const float *back, const vec *v0) {
  vec *p = rows[0], *q = rows[1], *r = rows[2], *s = rows[3];
  vec a = all(up[0]), b = all(up[1]), c = all(up[2]), d = all(up[3]);
  vec e = all(back[0]), f = all(back[1]), g = all(back[2]), h = all(back[3]);
  for (int i = 0; i < width; i++) {
    vec x = v0[i], y = v1[i];
    vec k = p[i] + a * x - e * y, l = q[i] + b * x - f * y, m = r[i] + c * x - g * y, n = s[i] + d * x - h * y;
    p[i] = k, q[i] = l, r[i] = m, s[i] = n;
    if (on == 1) down[i] += k;
    if (on == 2) down[i] += k + l;
    if (on == 3) down[i] += k + l + m;
    if (on == 4) down[i] += (k + l) + (m + n);
  }
}

/* The units of a panel that are on come first, so that most quads have four of them or none. */
static void update_panel(int from, int to, const float *sampled, const vec *v0, float rate) {
  int order[64], count = 0, on = 0;
  for (int j = from; j < to; j++) if (sampled[j - from] != 0) order[on++] = j;
  count = on;
  for (int j = from; j < to; j++) if (sampled[j - from] == 0) order[count++] = j;
  for (int k = 0; k < count; k += 4) {
    vec *quad[4];
    float up[4], back[4];
    for (int n = 0; n < 4; n++) {
      int j = order[k + n];
      quad[n] = w + (size_t)j * stride, up[n] = rate * ((float *)h0)[j], back[n] = rate * ((float *)h1)[j];
    }
    switch (on - k) {
      case 1: update(1, quad, up, back, v0); break;
      case 2: update(2, quad, up, back, v0); break;
      case 3: update(3, quad, up, back, v0); break;
      default: on > k ? update(4, quad, up, back, v0) : update(0, quad, up, back, v0);
    }
  }
}

/* The hidden units of the first row, and its reconstruction. */
static void begin(const vec *v0) {
  memcpy(down, b, width * sizeof *b);
  for (int j = 0; j < H; j++) ((float *)h0)[j] = dot(w + (size_t)j * stride, v0);
  for (int k = 0; k < height; k++) {
    h0[k] = sigmoid(h0[k] + c[k]);
    ivec on = uniform() < h0[k];
    for (int n = 0; n < LANES && k * LANES + n < H; n++)
      if (on[n]) for (int i = 0; i < width; i++) down[i] += w[(size_t)(k * LANES + n) * stride + i];
  }
  for (int i = 0; i < width; i++) v1[i] = sigmoid(down[i]);
}

/* The update of one example, and all that the next one needs of W. */
static void step(const vec *v0, const vec *next, float rate) {
  const float same = dot(v0, next), other = dot(v1, next);
  float ahead[64] __attribute__((aligned(64))), back[64] __attribute__((aligned(64)));
  float sampled[64] __attribute__((aligned(64)));
  static vec upcoming[64 / LANES];
  for (int i = 0; i < width; i++) down[i] = b[i] += rate * (v0[i] - v1[i]);
  for (int from = 0; from < height * LANES; from += panel) {
    int to = from + panel < height * LANES ? from + panel : height * LANES, vectors = (to - from) / LANES;
    for (int j = from; j < to; j += 4) dots(w + (size_t)j * stride, v1, next, back + j - from, ahead + j - from);
    for (int k = 0; k < vectors; k++) {
      int at = from / LANES + k;
      vec now = h0[at], then = sigmoid(((vec *)back)[k] + c[at]);
      h1[at] = then;
      c[at] += rate * (now - then);
      upcoming[k] = sigmoid(((vec *)ahead)[k] + c[at] + rate * (now * same - then * other));
      ivec on = uniform() < upcoming[k];
      ((vec *)sampled)[k] = (vec)(on & (ivec)all(1));
    }
    for (int j = H; j < to; j++) if (j >= from) sampled[j - from] = 0;
    update_panel(from, to, sampled, v0, rate);
    memcpy(h0 + from / LANES, upcoming, vectors * sizeof *h0);
  }
  for (int i = 0; i < width; i++) v1[i] = sigmoid(down[i]);
}

/* The row to learn from, and whether its hidden units are known. */
static int row, begun;

static void learn(int count, float rate) {
  if (!begun) begin(data);
  begun = 1;
  while (count-- > 0) {
    const vec *now = data + (size_t)row * width;
    row = (row + 1) % rows;
    step(now, data + (size_t)row * width, rate);
  }
}

static vec *vectors(size_t count) {
  size_t bytes = (count * sizeof(vec) + 63) & ~(size_t)63;
  vec *x = aligned_alloc(64, bytes);
  if (!x) exit(1);
  return memset(x, 0, bytes);
}

/* Rows of `length` floats in a file, each padded to `step` vectors here. */
static int transfer(FILE *file, vec *x, size_t count, int length, int step, int writes) {
  for (size_t k = 0; k < count; k++) {
    float *row = (float *)(x + k * step);
    size_t done = writes ? fwrite(row, 4, length, file) : fread(row, 4, length, file);
    if (done != (size_t)length) return 0;
  }
  return 1;
}

static int transfer_all(const char *path, int writes) {
  FILE *file = fopen(path, writes ? "wb" : "rb");
  if (!file) return 0;
  if (!writes) row = begun = 0;
  int whole = transfer(file, w, H, D, stride, writes) && transfer(file, b, 1, D, width, writes) &&
              transfer(file, c, 1, H, height, writes) && (writes || transfer(file, data, rows, D, width, writes));
  return fclose(file) == 0 && whole;
}

int main(int count, char **arguments) {
  if (count != 4) return fprintf(stderr, "usage: onepass D H ROWS\n"), 2;
  D = atoi(arguments[1]);
  H = atoi(arguments[2]);
  rows = atoi(arguments[3]);
  const int lanes = LANES < 4 ? 4 : LANES;
  width = (D + LANES - 1) / LANES;
  height = (H + lanes - 1) / lanes * lanes / LANES;
  /* Rows that begin at equal places of the cache push each other out. */
  stride = width * sizeof(vec) % 2048 == 0 ? width + 64 / sizeof(vec) : width;
  panel = 50176 / (int)(stride * sizeof(vec));
  panel = (panel > 40 ? 40 : panel < 8 ? 8 : panel) / lanes * lanes;
  if (panel == 0) panel = lanes;
  w = vectors((size_t)height * LANES * stride), b = vectors(width), c = vectors(height);
  data = vectors((size_t)rows * width), h0 = vectors(height), h1 = vectors(height), v1 = vectors(width), down = vectors(width);
  for (int k = 0; k < LANES; k++) state[k] = 2463534242u + 2654435769u * k;
  char path[4096];
  int examples;
  float rate;
  for (char line[8192]; fgets(line, sizeof line, stdin);) {
    if (sscanf(line, "learn %d %f", &examples, &rate) == 2) {
      struct timespec start, end;
      clock_gettime(CLOCK_MONOTONIC, &start);
      learn(examples, rate);
      clock_gettime(CLOCK_MONOTONIC, &end);
      printf("%.3f\n", (end.tv_sec - start.tv_sec) * 1e6 + (end.tv_nsec - start.tv_nsec) * 1e-3);
    } else if (sscanf(line, "load %4095[^\n]", path) == 1 && transfer_all(path, 0)) {
      puts("ok");
    } else if (sscanf(line, "save %4095[^\n]", path) == 1 && transfer_all(path, 1)) {
      puts("ok");
    } else {
      return fprintf(stderr, "cannot do: %s", line), 1;
    }
    fflush(stdout);
  }
  return 0;
}
