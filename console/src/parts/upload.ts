import { Problem, type Shown } from "../api";

/** Send a file and hear how far it is, 0 to 1: `fetch` does not tell. */
export function upload<Kept>(to: string, file: Blob, told: (part: number) => void, signal: AbortSignal): Promise<Kept> {
  return new Promise((done, failed) => {
    const request = new XMLHttpRequest();
    request.open("POST", to);
    request.setRequestHeader("x-ringdesk", "console");
    request.setRequestHeader("content-type", "application/octet-stream");
    request.responseType = "json";
    request.upload.onprogress = ({ loaded, total }) => told(total > 0 ? loaded / total : 0);
    request.onload = () => {
      if (request.status === 201) done(request.response as Kept);
      else failed(new Problem((request.response ?? {}) as Partial<Shown["Problem"]>, request.status));
    };
    request.onerror = () => failed(Problem.unreachable());
    request.onabort = () => failed(new DOMException("the upload was stopped", "AbortError"));
    signal.addEventListener("abort", () => request.abort());
    request.send(file);
  });
}
