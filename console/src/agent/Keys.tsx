const ROWS = ["1", "2", "3", "4", "5", "6", "7", "8", "9", "*", "0", "#"];

/** Twelve keys. */
export function Keys({ press }: { press: (key: string) => void }) {
  return (
    <div className="keys">
      {ROWS.map((key) => (
        <button key={key} type="button" className="key" onClick={() => press(key)}>
          {key}
        </button>
      ))}
    </div>
  );
}
