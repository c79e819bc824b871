/** Follows something that the service does meanwhile, until it is over. */

const STEP = 600;

export async function follow<Work extends { state: string }>(
  begun: Promise<Work>,
  look: (latest: Work) => Promise<Work>,
  tell: (latest: Work) => void,
): Promise<Work> {
  let latest = await begun;
  tell(latest);
  while (latest.state === "running") {
    await new Promise((resolve) => setTimeout(resolve, STEP));
    latest = await look(latest);
    tell(latest);
  }
  return latest;
}
