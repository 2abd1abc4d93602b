import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { App } from "./app/App";
import "./theme/base.css";
import { keepShell } from "./worker/keeper";

const root = document.getElementById("root");
if (root) {
  createRoot(root).render(
    <StrictMode>
      <App />
    </StrictMode>,
  );
}

// Beside `npm run dev` nothing is kept.
if (import.meta.env.PROD) keepShell();
