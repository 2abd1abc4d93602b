declare module "virtual:licences" {
  const licences: readonly { name: string; version: string; licence: string; of: "server" | "console" }[];
  export default licences;
}
