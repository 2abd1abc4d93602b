import { useLevel } from "../phone/usePhone";

/** How loud the microphone hears. A picture for the eye; what matters of it is said in words. */
export function Level() {
  const level = useLevel();
  return (
    <div className="level" aria-hidden="true">
      <div className="level-bar" style={{ width: `${Math.round(level * 100)}%` }} />
    </div>
  );
}
