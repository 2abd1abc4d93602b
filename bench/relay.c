// SPDX-License-Identifier: MIT OR Apache-2.0
// The machine's floor: the least that a relay in user space does, with Ringdesk's pattern of sockets and calls. One UDP socket per leg,
// epoll, one recvfrom and one sendto per packet, a header that is written anew, turns 1.5 ms apart, real-time priority where it is allowed.
// No signalling, no checks, no statistics, no keys: what a figure of Ringdesk has beyond this one is Ringdesk's, the rest is the machine's.
//   relay ip port calls callers-ip:port callees-ip:port logA logB      runs until it is ended
// Begins 50 calls a second and writes for each, as SIPp does, "RTP <id> <ip> <port>" into both logs: what rtpgen follows.
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <netinet/in.h>
#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define GATHER 1500000
#define A_SECOND 50
struct leg { int fd; struct sockaddr_in to; uint32_t ssrc; uint16_t seq; };

static int64_t now(void) { struct timespec t; clock_gettime(CLOCK_MONOTONIC, &t); return t.tv_sec * 1000000000LL + t.tv_nsec; }
static struct sockaddr_in addr(const char *ip, int port) {
  struct sockaddr_in a = {.sin_family = AF_INET, .sin_port = htons(port)};
  if (inet_pton(AF_INET, ip, &a.sin_addr) != 1) { fprintf(stderr, "no address: %s\n", ip); exit(2); }
  return a;
}
static struct sockaddr_in place(const char *text) {
  char ip[64]; int port;
  if (sscanf(text, "%63[^:]:%d", ip, &port) != 2) { fprintf(stderr, "no place: %s\n", text); exit(2); }
  return addr(ip, port);
}
static void begin(FILE *f, int id, const char *ip, int port) { fprintf(f, "RTP %d %s %d\n", id, ip, port); fflush(f); }

int main(int c, char **v) {
  if (c != 8) { fprintf(stderr, "relay ip port calls callers-ip:port callees-ip:port logA logB\n"); return 2; }
  int first = atoi(v[2]), calls = atoi(v[3]), begun = 0, ep = epoll_create1(0);
  struct sockaddr_in parties[2] = {place(v[4]), place(v[5])};
  FILE *logs[2] = {fopen(v[6], "w"), fopen(v[7], "w")};
  struct leg *legs = calloc(2 * calls, sizeof *legs);
  struct sched_param priority = {10};
  sched_setscheduler(0, SCHED_RR, &priority);
  if (!logs[0] || !logs[1] || !legs) { perror("relay"); return 2; }
  for (int i = 0; i < 2 * calls; i++) {
    struct sockaddr_in a = addr(v[1], first + 2 * i);
    int tos = 46 << 2;
    legs[i] = (struct leg){socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 0), parties[i & 1], htonl(i), 0};
    setsockopt(legs[i].fd, IPPROTO_IP, IP_TOS, &tos, sizeof tos);
    struct epoll_event e = {.events = EPOLLIN | EPOLLET, .data.u32 = i};
    if (bind(legs[i].fd, (void *)&a, sizeof a) || epoll_ctl(ep, EPOLL_CTL_ADD, legs[i].fd, &e)) { perror("bind"); return 2; }
  }
  static struct epoll_event events[1024];
  static uint8_t packet[2048];
  int64_t start = now(), turn = 0;
  for (;;) {
    int64_t t = now(), rest = turn + GATHER - t;
    if (rest > 0) { struct timespec d = {0, rest}; nanosleep(&d, 0); }
    for (; begun < calls && (t - start) * A_SECOND >= begun * 1000000000LL; begun++)
      for (int side = 0; side < 2; side++) begin(logs[side], begun, v[1], first + 4 * begun + 2 * side);
    int ready = epoll_wait(ep, events, 1024, 20);
    turn = ready > 0 ? now() : 0;
    for (int i = 0; i < ready; i++) {
      struct leg *in = &legs[events[i].data.u32], *out = &legs[events[i].data.u32 ^ 1];
      struct sockaddr_in from; socklen_t length = sizeof from; ssize_t n;
      // Until it is empty: readiness is told once.
      while ((n = recvfrom(in->fd, packet, sizeof packet, 0, (void *)&from, &length)) >= 12) {
        uint16_t seq = htons(out->seq++);
        memcpy(packet + 2, &seq, 2); memcpy(packet + 8, &out->ssrc, 4);
        sendto(out->fd, packet, n, 0, (void *)&out->to, sizeof out->to);
      }
    }
  }
}
