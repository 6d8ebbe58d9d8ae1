import { create } from "@bufbuild/protobuf";
import {
  GetProfileResponseSchema,
  type Profile,
  type RegisterRequest,
  RegisterRequestSchema,
  RegisterResponseSchema,
  type SignInRequest,
  SignInRequestSchema,
  SignInResponseSchema,
} from "@/gen/voicecbt/auth/v1/auth_pb";
import { call, callFor, json } from "./client";
import { ApiProblem } from "./problem";

/** Tokens come as HttpOnly cookies, so that no script can read them. */
const BY_COOKIE = { token_delivery: "cookie" } as const;

type Fields<T> = Omit<T, "$typeName" | "$unknown">;

/** Who is signed in; null when nobody is. */
export async function fetchProfile(): Promise<Profile | null> {
  try {
    const answer = await callFor(GetProfileResponseSchema, { method: "GET", path: "/me" });
    return answer.profile ?? null;
  } catch (error) {
    if (error instanceof ApiProblem && error.status === 401) return null;
    throw error;
  }
}

/** Creates an account and signs it in. */
export async function register(fields: Fields<RegisterRequest>): Promise<Profile | null> {
  const body = { ...json(RegisterRequestSchema, create(RegisterRequestSchema, fields)), ...BY_COOKIE };
  const request = { method: "POST", path: "/auth/register", body, refresh: false } as const;
  return (await callFor(RegisterResponseSchema, request)).profile ?? null;
}

export async function signIn(fields: Fields<SignInRequest>): Promise<Profile | null> {
  const body = { ...json(SignInRequestSchema, create(SignInRequestSchema, fields)), ...BY_COOKIE };
  const request = { method: "POST", path: "/auth/sign-in", body, refresh: false } as const;
  return (await callFor(SignInResponseSchema, request)).profile ?? null;
}

export async function signOut(): Promise<void> {
  await call({ method: "POST", path: "/auth/sign-out", body: BY_COOKIE, refresh: false });
}
