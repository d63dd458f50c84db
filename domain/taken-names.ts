/** What already goes by a name that something new shall have. */
export interface TakenNames {
  /** Services of the compose file or with a container; the command where there is one. */
  services: Readonly<Record<string, readonly string[] | null>>;
  /** Volumes of the project, and others that it would get by such a name. */
  volumes: readonly string[];
  /** Containers, of whatever project; only where their names were asked for. */
  containers?: readonly string[];
}

/** Names that something new shall have. */
export interface WantedNames {
  services: readonly string[];
  /** As the compose file calls them, without the project. */
  volumes: readonly string[];
  containers?: readonly string[];
}
