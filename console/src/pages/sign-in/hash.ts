/**
 * SHA-256 (FIPS 180-4) of a text that begins always alike and ends in a number: what they have in common is hashed once. The browser's
 * own is asked one at a time and answers later; a hundred thousand of those take longer than a person waits.
 */
const K = new Uint32Array(64);
const FIRST = new Uint32Array(8);
{
  // The first 32 bits of the fractional parts of the roots of the first primes (section 4.2.2 and 5.3.3).
  const fraction = (x: number) => ((x - Math.floor(x)) * 2 ** 32) >>> 0;
  for (let n = 2, found = 0; found < 64; n += 1) {
    let prime = true;
    for (let d = 2; d * d <= n; d += 1) if (n % d === 0) prime = false;
    if (!prime) continue;
    if (found < 8) FIRST[found] = fraction(Math.sqrt(n));
    K[found] = fraction(Math.cbrt(n));
    found += 1;
  }
}

const words = new Uint32Array(64);

/** These arrays have what is asked of them. */
const at = (array: Uint32Array | Uint8Array, n: number) => array[n] as number;

function compress(state: Uint32Array, block: Uint8Array, from: number): void {
  const w = words;
  for (let n = 0; n < 16; n += 1) {
    const i = from + n * 4;
    w[n] = (at(block, i) << 24) | (at(block, i + 1) << 16) | (at(block, i + 2) << 8) | at(block, i + 3);
  }
  for (let n = 16; n < 64; n += 1) {
    const x = at(w, n - 15);
    const y = at(w, n - 2);
    const s0 = ((x >>> 7) | (x << 25)) ^ ((x >>> 18) | (x << 14)) ^ (x >>> 3);
    const s1 = ((y >>> 17) | (y << 15)) ^ ((y >>> 19) | (y << 13)) ^ (y >>> 10);
    w[n] = (at(w, n - 16) + s0 + at(w, n - 7) + s1) | 0;
  }
  let [a, b, c, d, e, f, g, h] = state as unknown as [number, number, number, number, number, number, number, number];
  for (let n = 0; n < 64; n += 1) {
    const s1 = ((e >>> 6) | (e << 26)) ^ ((e >>> 11) | (e << 21)) ^ ((e >>> 25) | (e << 7));
    const t1 = (h + s1 + ((e & f) ^ (~e & g)) + at(K, n) + at(w, n)) | 0;
    const s0 = ((a >>> 2) | (a << 30)) ^ ((a >>> 13) | (a << 19)) ^ ((a >>> 22) | (a << 10));
    const t2 = (s0 + ((a & b) ^ (a & c) ^ (b & c))) | 0;
    h = g;
    g = f;
    f = e;
    e = (d + t1) | 0;
    d = c;
    c = b;
    b = a;
    a = (t1 + t2) | 0;
  }
  state[0] = at(state, 0) + a;
  state[1] = at(state, 1) + b;
  state[2] = at(state, 2) + c;
  state[3] = at(state, 3) + d;
  state[4] = at(state, 4) + e;
  state[5] = at(state, 5) + f;
  state[6] = at(state, 6) + g;
  state[7] = at(state, 7) + h;
}

/** Gives the hash of the beginning and a number, as eight words; the same array every time. */
export function hasher(beginning: string): (number: number) => Uint32Array {
  const bytes = new TextEncoder().encode(beginning);
  const common = Uint32Array.from(FIRST);
  const whole = bytes.length - (bytes.length % 64);
  for (let from = 0; from < whole; from += 64) compress(common, bytes, from);
  const rest = bytes.subarray(whole);
  const tail = new Uint8Array(128);
  const view = new DataView(tail.buffer);
  const state = new Uint32Array(8);
  return (number) => {
    const digits = String(number);
    tail.fill(0);
    tail.set(rest);
    for (let n = 0; n < digits.length; n += 1) tail[rest.length + n] = digits.charCodeAt(n);
    const length = rest.length + digits.length;
    tail[length] = 0x80;
    const blocks = length + 9 > 64 ? 2 : 1;
    view.setUint32(blocks * 64 - 4, (whole + length) * 8);
    state.set(common);
    for (let block = 0; block < blocks; block += 1) compress(state, tail, block * 64);
    return state;
  };
}

/** The first number from `from` on, among so many, whose hash begins with so many zero bits (1 to 32); `null`: none of them. */
export function search(seed: string, bits: number, from: number, many: number): number | null {
  const hash = hasher(`${seed}:`);
  const most = bits >= 32 ? 0 : 2 ** (32 - bits) - 1;
  for (let number = from; number < from + many; number += 1) if (at(hash(number), 0) <= most) return number;
  return null;
}
