"""A packed guest is the guest, whatever the directory has written of them."""

from datetime import UTC

from hypothesis import given
from hypothesis import strategies as st

from access.rules.packed import having, id_of, packed, unpacked, words_of
from access.rules.people import Guest, ObjectId, Redemption

IDS = st.uuids().map(lambda one: ObjectId(str(one)))
WRITTEN = st.text(st.characters(exclude_characters="\x1f"))
GUESTS = st.builds(
    Guest,
    object_id=IDS,
    name=WRITTEN,
    address=WRITTEN,
    redemption=st.sampled_from(Redemption),
    redemption_changed_at=st.none() | st.datetimes(timezones=st.just(UTC)),
    enabled=st.booleans(),
    is_member=st.booleans(),
    is_local=st.booleans(),
    other_addresses=st.lists(WRITTEN).map(tuple),
)
ANA = Guest(
    ObjectId("1"), "Ana Ruiz", "Ana@Fabrikam.com", other_addresses=("ana@fabrikam.com", "a@x.example")
)
BEN = Guest(ObjectId("2"), "Ben", "a@x.example")


@given(GUESTS)
def test_a_guest_comes_out_as_they_went_in(guest: Guest) -> None:
    assert unpacked(packed(guest)) == guest
    assert id_of(packed(guest)) == guest.object_id


@given(st.lists(GUESTS, unique_by=lambda one: one.object_id))
def test_rows_are_in_the_order_of_their_object_ids(guests: list[Guest]) -> None:
    in_order = sorted(guests, key=lambda one: one.object_id)
    assert [unpacked(row) for row in sorted(map(packed, guests))] == in_order


def test_half_a_character_and_a_separator_cost_nothing_but_the_separator() -> None:
    odd = Guest(
        ObjectId("1"), "Ana\x1f\ud83d\x1fRuiz", "ana\x1f@fabrikam.com", other_addresses=("e\x1fboss@x",)
    )
    plain = Guest(ObjectId("1"), "Ana \ud83d Ruiz", "ana @fabrikam.com", other_addresses=("e boss@x",))
    assert unpacked(packed(odd)) == plain


def test_a_guest_is_found_by_the_words_of_name_and_address() -> None:
    assert words_of(packed(ANA)) == " ana ruiz ana fabrikam com"


def test_who_has_an_address_first_comes_before_who_has_it_too() -> None:
    rows = [packed(ANA), packed(BEN)]
    assert having({"ana@fabrikam.com", "a@x.example", "nobody@x.example"}, rows) == {
        "ana@fabrikam.com": ANA,
        "a@x.example": BEN,
    }
    assert having({"a@x.example"}, rows[:1]) == {"a@x.example": ANA}
