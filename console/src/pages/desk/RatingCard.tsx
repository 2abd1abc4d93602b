import { useQuery } from "@tanstack/react-query";
import { api, done } from "../../api";
import { Card } from "../../parts/Card";
import { ratingWords, Stars } from "../../parts/Stars";
import { useSession } from "../../session";
import { useWords } from "../../words";

const ASPECTS = ["speed", "attitude", "effect", "convenience"] as const;

/** How the contact has rated the conversation, once they have. */
export function RatingCard({ conversation }: { conversation: string }) {
  const t = useWords(ratingWords);
  const { account } = useSession();
  const { data } = useQuery({
    queryKey: ["conversation", conversation, "satisfaction"],
    queryFn: () => done(api.GET("/api/v1/accounts/{account_id}/conversations/{id}/satisfaction", { params: { path: { ...account, id: conversation } } })),
  });
  const rated = data?.satisfaction;
  if (!rated?.stars) return null;
  return (
    <Card title={t.title}>
      <Stars stars={rated.stars} />
      <dl className="visit">
        {ASPECTS.map((aspect) => {
          const stars = rated.aspects[aspect];
          return stars === undefined ? null : (
            <div key={aspect}>
              <dt className="soft">{t[aspect]}</dt>
              <dd>
                <Stars stars={stars} />
              </dd>
            </div>
          );
        })}
      </dl>
      {rated.words && <p className="rating-words">{rated.words}</p>}
    </Card>
  );
}
