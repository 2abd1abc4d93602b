import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { api, done, type Shown } from "../../api";
import { upload } from "../../parts/upload";
import { useSession } from "../../session";

export type SharedFile = Shown["SharedFileReply"];

export function useSharedFiles() {
  const { account } = useSession();
  return useQuery({ queryKey: ["shared_files"], queryFn: () => done(api.GET("/api/v1/accounts/{account_id}/shared_files", { params: { path: account } })) });
}

/** A new one, or another version of one (its id). */
export function useUpload() {
  const { account } = useSession();
  const client = useQueryClient();
  return useMutation({
    mutationFn: ({ file, of }: { file: File; of?: string }) => {
      const to = `/api/v1/accounts/${account.account_id}/shared_files${of ? `/${of}/versions` : ""}?name=${encodeURIComponent(file.name)}`;
      return upload<SharedFile>(to, file, () => undefined, new AbortController().signal);
    },
    onSuccess: () => client.invalidateQueries({ queryKey: ["shared_files"] }),
  });
}

/** Titles, words and names that hold all that was typed. */
export function answering(files: readonly SharedFile[], typed: string): SharedFile[] {
  const words = typed.toLowerCase().split(/\s+/).filter(Boolean);
  return files.filter(({ title, tags, name }) => {
    const says = [title, name, ...tags].join(" ").toLowerCase();
    return words.every((word) => says.includes(word));
  });
}
