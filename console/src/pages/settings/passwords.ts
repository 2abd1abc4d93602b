/** Letters and digits that nobody mistakes for one another. */
const LETTERS = "abcdefghijkmnpqrstuvwxyz23456789";

/** A password to be told to somebody: four groups of four, 80 bits. */
export function password(random: (bytes: Uint8Array) => Uint8Array = (bytes) => crypto.getRandomValues(bytes)): string {
  const letters = Array.from(random(new Uint8Array(16)), (byte) => LETTERS[byte % LETTERS.length] ?? "a");
  return [0, 4, 8, 12].map((from) => letters.slice(from, from + 4).join("")).join("-");
}
