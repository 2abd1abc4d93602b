// SPDX-License-Identifier: MIT OR Apache-2.0
// RTP source and sink for SIPp-driven calls. One UDP socket per side (A = caller, B = callee).
// SIPp answers the signalling and writes one log line per call: "RTP <id> <ip> <port>".
// This program follows the two log files, sends one RTP stream to each address it reads there and
// counts what comes back. A marker in the payload (stream id, sequence, send time) gives end-to-end
// loss and delay wherever the payload passes unchanged; otherwise only packets per source are counted.
// Arrivals are timed by the kernel, so that a generator that did not get the processor does not call packets late.
// Late: more than 20 ms behind where the source's own clock (8 kHz) puts the packet, counted from its most punctual one; or, with a marker, after it was sent.
//   rtpgen -a ip:port -A logA [-b ip:port -B logB] -n packets -t seconds [-p ptA] [-q ptB] [-O frames-file-for-A]
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define MAXS 8192
#define BATCH 64
#define MAGIC 0x52545047u
#pragma pack(push, 1)
struct mark { uint32_t magic, id, seq; uint64_t t; uint8_t side; };
#pragma pack(pop)
struct stream { struct sockaddr_in to; uint32_t id; int left; uint32_t seq; int64_t next; };
struct side {
  int fd; const char *log; FILE *f; int pt; struct stream s[MAXS]; int n;
  uint64_t sent, send_err, late; // late: sent more than 5 ms after its time
  uint64_t got, plain, marked, dup, bytes, tardy; double jitter_max;
  int64_t *src_base, *src_transit; double *src_jitter; uint32_t *src_ts;
  uint32_t *src_cnt; uint16_t *src_first, *src_last; uint8_t *src_seen; uint64_t seqgap;
  uint8_t *bits[MAXS]; uint64_t hist[400];
};
static struct side S[2];
static int npk = 3000, plen = 160, step_ms = 20, tsstep = 160;
static volatile int stop;
static uint8_t *opus; static size_t opus_off[4096], opus_len[4096]; static int opus_n;
static uint8_t tone[8000];
static int64_t wall_offset; // CLOCK_REALTIME minus CLOCK_MONOTONIC: the kernel stamps in the one, this program thinks in the other
static int64_t now(void) { struct timespec t; clock_gettime(CLOCK_MONOTONIC, &t); return t.tv_sec * 1000000000LL + t.tv_nsec; }
static void onsig(int s) { (void)s; stop = 1; }
static int bucket(double us) { if (us < 1) us = 1; int b = (int)(20 * log10(us)); return b > 399 ? 399 : b; }
static double unbucket(int b) { return pow(10, (b + 0.5) / 20.0); }
static uint8_t ulaw(int s) {
  int sign = s < 0 ? 0x80 : 0; if (s < 0) s = -s; if (s > 32635) s = 32635; s += 132;
  int e = 7; for (int m = 0x4000; e > 0 && !(s & m); m >>= 1) e--;
  return ~(sign | (e << 4) | ((s >> (e + 3)) & 15));
}
static void addr(const char *t, struct sockaddr_in *a) {
  char b[64]; strncpy(b, t, 63); b[63] = 0; char *c = strchr(b, ':'); *c = 0;
  memset(a, 0, sizeof *a); a->sin_family = AF_INET; inet_pton(AF_INET, b, &a->sin_addr); a->sin_port = htons(atoi(c + 1));
}
static void opens(struct side *s, const char *a) {
  struct sockaddr_in sa; addr(a, &sa);
  s->fd = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 0); int v = 64 << 20;
  if (setsockopt(s->fd, SOL_SOCKET, SO_RCVBUFFORCE, &v, sizeof v)) setsockopt(s->fd, SOL_SOCKET, SO_RCVBUF, &v, sizeof v);
  setsockopt(s->fd, SOL_SOCKET, SO_SNDBUFFORCE, &v, sizeof v); v = 1; setsockopt(s->fd, SOL_SOCKET, SO_TIMESTAMPNS, &v, sizeof v);
  if (bind(s->fd, (void *)&sa, sizeof sa)) { perror("bind"); exit(2); }
  s->src_cnt = calloc(65536, 4); s->src_first = calloc(65536, 2); s->src_last = calloc(65536, 2); s->src_seen = calloc(65536, 1);
  s->src_base = calloc(65536, 8); s->src_transit = calloc(65536, 8); s->src_jitter = calloc(65536, 8); s->src_ts = calloc(65536, 4);
}
static void follow(struct side *s, int64_t t) {
  if (!s->log) return;
  if (!s->f) { s->f = fopen(s->log, "r"); if (!s->f) return; }
  char l[512]; clearerr(s->f); long p = ftell(s->f);
  while (fgets(l, sizeof l, s->f)) {
    if (!strchr(l, '\n')) { fseek(s->f, p, SEEK_SET); break; }
    p = ftell(s->f);
    unsigned id; char ip[64]; int port; char *q = strstr(l, "RTP ");
    if (!q || sscanf(q, "RTP %u %63s %d", &id, ip, &port) != 3 || s->n >= MAXS) continue;
    struct stream *x = &s->s[s->n++]; memset(x, 0, sizeof *x);
    x->to.sin_family = AF_INET; inet_pton(AF_INET, ip, &x->to.sin_addr); x->to.sin_port = htons(port);
    x->id = s->n - 1; x->left = npk; x->next = t + (int64_t)(s->n * 7919 % (step_ms * 1000)) * 1000; x->seq = 0;
  }
}
static void sendall(struct side *s, int me, int64_t t) {
  static struct mmsghdr m[BATCH]; static struct iovec v[BATCH]; static uint8_t buf[BATCH][1600];
  int k = 0;
  for (int i = 0; i <= s->n; i++) {
    struct stream *x = &s->s[i];
    while (i < s->n && x->left > 0 && x->next <= t) {
      uint8_t *b = buf[k]; uint32_t sq = x->seq++; x->left--;
      if (t - x->next > 5000000) s->late++;
      x->next += step_ms * 1000000LL;
      int pt = s->pt, len = plen; b[0] = 0x80; b[1] = pt | (sq == 0 ? 0x80 : 0);
      uint32_t ts = sq * (uint32_t)(opus_n && !me ? 960 : tsstep), ss = 0x10000000u * (me + 1) + x->id;
      b[2] = sq >> 8; b[3] = sq; b[4] = ts >> 24; b[5] = ts >> 16; b[6] = ts >> 8; b[7] = ts; b[8] = ss >> 24; b[9] = ss >> 16; b[10] = ss >> 8; b[11] = ss;
      if (opus_n && !me) { int j = sq % opus_n; len = opus_len[j]; memcpy(b + 12, opus + opus_off[j], len); }
      else {
        memcpy(b + 12, tone + (sq * plen) % 4000, plen);
        struct mark mk = {MAGIC, x->id, sq, (uint64_t)t, (uint8_t)me}; memcpy(b + 12, &mk, sizeof mk);
      }
      v[k].iov_base = b; v[k].iov_len = 12 + len; memset(&m[k], 0, sizeof m[k]);
      m[k].msg_hdr.msg_iov = &v[k]; m[k].msg_hdr.msg_iovlen = 1; m[k].msg_hdr.msg_name = &x->to; m[k].msg_hdr.msg_namelen = sizeof x->to;
      if (++k == BATCH) goto flush;
      continue;
    flush:;
      int d = 0; while (d < k) { int r = sendmmsg(s->fd, m + d, k - d, 0); if (r <= 0) { if (errno == EAGAIN) { usleep(50); continue; } s->send_err++; d++; } else { d += r; s->sent += r; } }
      k = 0;
    }
    if (i == s->n && k) { int d = 0; while (d < k) { int r = sendmmsg(s->fd, m + d, k - d, 0); if (r <= 0) { if (errno == EAGAIN) { usleep(50); continue; } s->send_err++; d++; } else { d += r; s->sent += r; } } k = 0; }
  }
}
// When the kernel took the datagram in, on the monotonic clock.
static int64_t arrived(struct msghdr *h, int64_t read) {
  for (struct cmsghdr *c = CMSG_FIRSTHDR(h); c; c = CMSG_NXTHDR(h, c))
    if (c->cmsg_level == SOL_SOCKET && c->cmsg_type == SCM_TIMESTAMPNS) { struct timespec t; memcpy(&t, CMSG_DATA(c), sizeof t); return t.tv_sec * 1000000000LL + t.tv_nsec - wall_offset; }
  return read;
}
// Lateness and jitter (RFC 3550 A.8) of one source. A marker bit or a jump of the clock begins a new schedule.
static void punctual(struct side *s, unsigned port, uint32_t ts, int fresh, int64_t t, int64_t *late_by) {
  int64_t transit = t - (int64_t)ts * 125000; int32_t step = (int32_t)(ts - s->src_ts[port]); s->src_ts[port] = ts;
  if (fresh || step < -8000 || step > 8000) { s->src_base[port] = s->src_transit[port] = transit; return; }
  int64_t d = transit - s->src_transit[port]; s->src_transit[port] = transit;
  s->src_jitter[port] += ((d < 0 ? -d : d) / 1e6 - s->src_jitter[port]) / 16;
  if (s->src_jitter[port] > s->jitter_max) s->jitter_max = s->src_jitter[port];
  if (transit < s->src_base[port]) s->src_base[port] = transit;
  if (late_by) *late_by = transit - s->src_base[port];
}
static void recvall(struct side *s, int me) {
  static struct mmsghdr m[BATCH]; static struct iovec v[BATCH]; static uint8_t buf[BATCH][1600]; static struct sockaddr_in from[BATCH]; static char ctl[BATCH][64];
  for (;;) {
    for (int i = 0; i < BATCH; i++) { v[i].iov_base = buf[i]; v[i].iov_len = 1600; memset(&m[i], 0, sizeof m[i]); m[i].msg_hdr.msg_iov = &v[i]; m[i].msg_hdr.msg_iovlen = 1; m[i].msg_hdr.msg_name = &from[i]; m[i].msg_hdr.msg_namelen = sizeof from[i]; m[i].msg_hdr.msg_control = ctl[i]; m[i].msg_hdr.msg_controllen = sizeof ctl[i]; }
    int r = recvmmsg(s->fd, m, BATCH, MSG_DONTWAIT, NULL); if (r <= 0) return;
    int64_t read = now();
    for (int i = 0; i < r; i++) {
      int64_t t = arrived(&m[i].msg_hdr, read);
      unsigned l = m[i].msg_len; uint8_t *b = buf[i]; if (l < 12 || (b[0] >> 6) != 2) continue;
      if (b[1] >= 200 && b[1] <= 207) continue; // RTCP
      s->got++; s->bytes += l; unsigned port = ntohs(from[i].sin_port); uint16_t sq = b[2] << 8 | b[3];
      int64_t late_by = 0; punctual(s, port, (uint32_t)b[4] << 24 | b[5] << 16 | b[6] << 8 | b[7], !s->src_seen[port] || (b[1] & 0x80), t, &late_by);
      if (!s->src_seen[port]) { s->src_seen[port] = 1; s->src_first[port] = sq; }
      else { int16_t d = (int16_t)(sq - s->src_last[port]); if (d > 1 && d < 3000) s->seqgap += d - 1; }
      s->src_last[port] = sq; s->src_cnt[port]++;
      struct mark mk; if (l < 12 + sizeof mk) { s->plain++; s->tardy += late_by > 20000000; continue; }
      memcpy(&mk, b + 12, sizeof mk);
      if (mk.magic != MAGIC || mk.id >= MAXS || mk.seq >= (uint32_t)npk || mk.side == me) { s->plain++; s->tardy += late_by > 20000000; continue; }
      s->tardy += t - (int64_t)mk.t > 20000000; // the marker knows better: a sender that was late itself is no fault of the server
      struct side *o = &S[mk.side & 1];
      if (!o->bits[mk.id]) o->bits[mk.id] = calloc(npk / 8 + 1, 1);
      uint8_t *bb = &o->bits[mk.id][mk.seq / 8], bit = 1 << (mk.seq % 8);
      if (*bb & bit) s->dup++; else { *bb |= bit; s->marked++; s->hist[bucket((t - (int64_t)mk.t) / 1000.0)]++; }
    }
    if (r < BATCH) return;
  }
}
static double pct(uint64_t *h, double p) { uint64_t n = 0, c = 0; for (int i = 0; i < 400; i++) n += h[i]; for (int i = 0; i < 400; i++) { c += h[i]; if (n && c >= p * n) return unbucket(i); } return 0; }
int main(int c, char **v) {
  int o, secs = 60; const char *of = 0; S[0].pt = S[1].pt = 0; const char *aa = 0, *ba = 0;
  while ((o = getopt(c, v, "a:b:A:B:n:t:p:q:O:l:")) != -1) switch (o) {
    case 'a': aa = optarg; break; case 'b': ba = optarg; break; case 'A': S[0].log = optarg; break; case 'B': S[1].log = optarg; break;
    case 'n': npk = atoi(optarg); break; case 't': secs = atoi(optarg); break; case 'p': S[0].pt = atoi(optarg); break; case 'q': S[1].pt = atoi(optarg); break;
    case 'O': of = optarg; break; case 'l': plen = atoi(optarg); break; default: return 2; }
  for (int i = 0; i < 8000; i++) tone[i] = ulaw((int)(6000 * sin(i * 2 * M_PI * 440 / 8000) + 3000 * sin(i * 2 * M_PI * 1234 / 8000) + rand() % 800));
  if (of) { FILE *f = fopen(of, "rb"); if (!f) return 2; opus = malloc(1 << 22); size_t n = fread(opus, 1, 1 << 22, f), p = 0; while (p + 2 <= n && opus_n < 4096) { size_t l = opus[p] << 8 | opus[p + 1]; opus_off[opus_n] = p + 2; opus_len[opus_n++] = l; p += 2 + l; } fclose(f); }
  { struct timespec w; clock_gettime(CLOCK_REALTIME, &w); wall_offset = w.tv_sec * 1000000000LL + w.tv_nsec - now(); }
  S[0].fd = S[1].fd = -1; if (aa) opens(&S[0], aa); if (ba) opens(&S[1], ba);
  signal(SIGTERM, onsig); signal(SIGINT, onsig);
  int64_t t0 = now(), lastf = 0; int idle = 0;
  while (!stop && now() - t0 < secs * 1000000000LL) {
    int64_t t = now();
    if (t - lastf > 20000000) { follow(&S[0], t); follow(&S[1], t); lastf = t; }
    for (int i = 0; i < 2; i++) if (S[i].fd >= 0) sendall(&S[i], i, now());
    for (int i = 0; i < 2; i++) if (S[i].fd >= 0) recvall(&S[i], i);
    int64_t d = 1000000 - (now() - t); if (d > 0) { struct timespec ts = {0, d}; nanosleep(&ts, 0); idle++; }
  }
  struct rusage ru; getrusage(RUSAGE_SELF, &ru);
  printf("{\"cpu_s\":%.2f", ru.ru_utime.tv_sec + ru.ru_stime.tv_sec + (ru.ru_utime.tv_usec + ru.ru_stime.tv_usec) / 1e6);
  for (int i = 0; i < 2; i++) { struct side *s = &S[i]; unsigned srcs = 0; if (s->fd >= 0) for (int p = 0; p < 65536; p++) srcs += s->src_seen[p];
    uint64_t mx = 0; for (int j = 0; j < 400; j++) if (s->hist[j]) mx = j;
    printf(",\"%c\":{\"streams\":%d,\"sent\":%lu,\"send_err\":%lu,\"late\":%lu,\"got\":%lu,\"marked\":%lu,\"plain\":%lu,\"dup\":%lu,\"seqgap\":%lu,\"tardy\":%lu,\"jitter_ms\":%.2f,\"sources\":%u,\"d50us\":%.0f,\"d95us\":%.0f,\"d99us\":%.0f,\"dmaxus\":%.0f}", i ? 'B' : 'A', s->n, s->sent, s->send_err, s->late, s->got, s->marked, s->plain, s->dup, s->seqgap, s->tardy, s->jitter_max, srcs, pct(s->hist, .5), pct(s->hist, .95), pct(s->hist, .99), mx ? unbucket(mx) : 0); }
  printf("}\n"); return 0;
}
