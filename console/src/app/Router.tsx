import { LockOutlined } from "@ant-design/icons";
import { lazy, useMemo, type ComponentType } from "react";
import { Navigate, Route, Routes } from "react-router";
import { Empty } from "../parts/Empty";
import { useWords } from "../words";
import { Nowhere } from "./Nowhere";
import { useOpenPages } from "./openPages";
import { PAGES, placeOf } from "./pages";
import { Shell } from "./Shell";
import { words } from "./words";

/** Each page is loaded when it is first looked at. */
const PARTS = new Map<string, ComponentType>(PAGES.map((page) => [page.path, lazy(page.load)]));

function Nothing() {
  const t = useWords(words);
  return (
    <Empty icon={<LockOutlined />} title={t.nothingTitle}>
      {t.nothingText}
    </Empty>
  );
}

/** The addresses of the console. */
export function Router() {
  const open = useOpenPages();
  const first = open.find((page) => page.group);
  const routes = useMemo(
    () =>
      open.map((page) => {
        const Part = PARTS.get(page.path);
        return Part && <Route key={page.path} path={page.path} element={<Part />} />;
      }),
    [open],
  );
  return (
    <Routes>
      <Route element={<Shell />}>
        <Route index element={first ? <Navigate to={placeOf(first)} replace /> : <Nothing />} />
        {routes}
        <Route path="*" element={<Nowhere />} />
      </Route>
    </Routes>
  );
}
