import { QueryClient } from "@tanstack/react-query";
import { Problem } from "./problem";

/** Worth asking again: what may be over in a moment. What the server understood and refused is not. */
const mayPass = (problem: unknown) => !(problem instanceof Problem) || problem.status === 0 || problem.status >= 500;

/** What was read stays until an event says that it changed ({@link ../events}); a list that is looked at again is refreshed. */
export const queries = new QueryClient({
  defaultOptions: {
    queries: { staleTime: 30_000, retry: (count, problem) => count < 3 && mayPass(problem), refetchOnWindowFocus: true },
    mutations: { retry: false },
  },
});
