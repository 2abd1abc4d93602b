import { QueryClientProvider } from "@tanstack/react-query";
import { lazy, Suspense } from "react";
import { BrowserRouter } from "react-router";
import { queries } from "../api";
import { EventsProvider } from "../events";
import { Waiting } from "../parts/Waiting";
import { PhoneProvider } from "../phone/PhoneProvider";
import { SessionProvider } from "../session";
import { ThemeProvider } from "../theme";
import { LanguageProvider } from "../words";
import { Broken } from "./Broken";
import { NewVersion } from "./NewVersion";
import { Router } from "./Router";

/** The demo's start page belongs to nobody's session. */
const Start = lazy(() => import("../pages/start"));
const isStart = () => window.location.pathname === "/start";

/** From the outside in: language and looks, who is signed in, what happens, the pages. */
export function App() {
  return (
    <LanguageProvider>
      <ThemeProvider>
        <Broken>
          <QueryClientProvider client={queries}>
            <NewVersion />
            {isStart() ? (
              <Suspense fallback={<Waiting whole />}>
                <Start />
              </Suspense>
            ) : (
              <SessionProvider>
                <EventsProvider>
                  <PhoneProvider>
                    <BrowserRouter>
                      <Router />
                    </BrowserRouter>
                  </PhoneProvider>
                </EventsProvider>
              </SessionProvider>
            )}
          </QueryClientProvider>
        </Broken>
      </ThemeProvider>
    </LanguageProvider>
  );
}
