import { lazy } from "react";
import type { RouteObject } from "react-router";
import { Layout } from "@/components/layout/Layout";
import { Landing } from "@/pages/landing/Landing";
import { RequireSignIn } from "@/session/RequireSignIn";
import { NotFound } from "./NotFound";
import { PageFailed } from "./PageFailed";

const Register = lazy(() => import("@/pages/register/Register"));
const SignIn = lazy(() => import("@/pages/sign-in/SignIn"));
const Talk = lazy(() => import("@/pages/talk/Talk"));
const Mood = lazy(() => import("@/pages/mood/Mood"));
const History = lazy(() => import("@/pages/history/History"));
const PastSession = lazy(() => import("@/pages/history/PastSession"));
const Dashboard = lazy(() => import("@/pages/dashboard/Dashboard"));
const Account = lazy(() => import("@/pages/account/Account"));
const Erased = lazy(() => import("@/pages/account/Erased"));

const pages: RouteObject[] = [
  { index: true, element: <Landing /> },
  { path: "register", element: <Register /> },
  { path: "sign-in", element: <SignIn /> },
  { path: "erased", element: <Erased /> },
  {
    element: <RequireSignIn />,
    children: [
      { path: "talk", element: <Talk /> },
      { path: "mood", element: <Mood /> },
      { path: "history", element: <History /> },
      { path: "history/:id", element: <PastSession /> },
      { path: "dashboard", element: <Dashboard /> },
      { path: "account", element: <Account /> },
    ],
  },
  { path: "*", element: <NotFound /> },
];

export const routes: RouteObject[] = [
  { element: <Layout />, children: [{ errorElement: <PageFailed />, children: pages }] },
];
