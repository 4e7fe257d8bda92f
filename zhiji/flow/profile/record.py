"""One customer whole, in one statement: the record of the API."""

from typing import Any

import orjson
from django.db.models import DecimalField

from zhiji.access.models import User
from zhiji.access.roles import may
from zhiji.flow.profile.models import Measures
from zhiji.flow.profile.sealed import of_roots
from zhiji.flow.profile.visibility import only_owner
from zhiji.kernel import written
from zhiji.records.queries import hidden_from, seen

AMOUNTS = ", ".join(
    f"'{field.name}', measures.{field.name}::text"
    for field in Measures._meta.concrete_fields
    if isinstance(field, DecimalField)
)
"""Money is told as a text with its decimals: a JSON number would come as a double."""
RECORD = f"""
    SELECT (to_jsonb(portrait) - 'customer_id' - 'merged' - 'name_key' - 'stamps' - 'since' - 'updated_at')
        || jsonb_build_object(
            'id', portrait.customer_id,
            'tags', coalesce((SELECT jsonb_agg(tag.name ORDER BY tag.name) FROM profile_tagging AS tagging
                JOIN profile_tag AS tag ON tag.id = tagging.tag_id
                WHERE tagging.customer_id = portrait.customer_id), '[]'),
            'contacts', coalesce((SELECT jsonb_agg(jsonb_build_object(
                    'kind', point.kind, 'masked', point.masked, 'state', point.state, 'seen_at', point.seen_at)
                    ORDER BY point.kind, point.seen_at DESC)
                FROM profile_contactpoint AS point WHERE point.customer_id = ANY (member.ids)), '[]'),
            'consents', coalesce((SELECT jsonb_agg(jsonb_build_object(
                    'channel', consent.channel, 'purpose', consent.purpose, 'granted', consent.granted,
                    'at', consent.at) ORDER BY consent.channel, consent.purpose)
                FROM profile_consent AS consent WHERE consent.customer_id = portrait.customer_id), '[]'),
            'identities', coalesce((SELECT jsonb_agg(identity.key ORDER BY identity.key)
                FROM resolve_identity AS identity WHERE identity.customer_id = ANY (member.ids)), '[]'),
            'measures', (SELECT to_jsonb(measures) - 'customer_id' || jsonb_build_object({AMOUNTS})
                FROM profile_measures AS measures WHERE measures.customer_id = portrait.customer_id))
    FROM profile_portrait AS portrait,
        LATERAL (SELECT array_agg(id) AS ids FROM resolve_customer WHERE root_id = portrait.customer_id) AS member
    WHERE portrait.customer_id = (SELECT root_id FROM resolve_customer WHERE id = %s) AND NOT portrait.merged
      AND (%s::bigint IS NULL OR portrait.owner_id = %s)
"""


def record(user: User, customer_id: int) -> dict[str, Any] | None:
    """Everything kept of a customer that `user` may see, contact values masked; None where there is none such."""
    if not may(user, "customers:read"):
        return None
    owner = only_owner(user)
    with written.cursor() as cursor:
        cursor.execute(RECORD, [customer_id, owner, owner])
        row = cursor.fetchone()
    if row is None:
        return None
    found: dict[str, Any] = orjson.loads(row[0])
    given = seen(found["attributes"], hidden_from(user))
    found["attributes"] = of_roots([found["id"]], given).masked(given)
    return found
