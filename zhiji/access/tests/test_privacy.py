"""What is sealed opens under its own key and purpose only, and a digest tells equal from different to no stranger."""

import os

import pytest

from zhiji.access import privacy
from zhiji.access.models import CustomerKey
from zhiji.access.privacy import CustomerCipher, Unreadable


def test_what_is_sealed_opens_for_its_purpose_only() -> None:
    sealed = privacy.seal("王芳".encode(), "traits")
    assert privacy.unseal(memoryview(sealed), "traits") == "王芳".encode()
    assert "王芳".encode() not in sealed and sealed != privacy.seal("王芳".encode(), "traits")
    for wrong, purpose in ((sealed, "mail"), (sealed[:-1], "traits"), (os.urandom(12) + sealed[12:], "traits")):
        with pytest.raises(Unreadable):
            privacy.unseal(wrong, purpose)


def test_a_customers_value_opens_under_that_customers_key_only() -> None:
    key = privacy.new_key()
    sealed = CustomerCipher(7, key).encrypt("王芳")
    assert CustomerCipher(7, key).decrypt(memoryview(sealed)) == "王芳"
    assert sealed != CustomerCipher(7, key).encrypt("王芳")
    for stranger in (CustomerCipher(8, key), CustomerCipher(7, privacy.new_key())):
        with pytest.raises(Unreadable):
            stranger.decrypt(sealed)


def test_equal_values_have_equal_digests_of_one_customer_and_kind_only() -> None:
    one, other = CustomerCipher(7, privacy.new_key()), CustomerCipher(8, privacy.new_key())
    found = one.digest("phone", "+8613812345678")
    assert len(found) == 12 and found == one.digest("phone", "+8613812345678")
    assert found not in (other.digest("phone", "+8613812345678"), one.digest("handle", "+8613812345678"))
    assert len(privacy.digest("phone", "1")) == 32 and privacy.digest("phone", "1") == privacy.digest("phone", "1")
    assert privacy.digest("phone", "1") not in (privacy.digest("email", "1"), privacy.digest("phone", "2"))


def test_keys_are_made_once_and_none_for_the_erased(db: None) -> None:
    made = privacy.customer_ciphers([1, 2])
    sealed = made[1].encrypt("王芳")
    assert privacy.customer_ciphers([1, 3])[1].decrypt(sealed) == "王芳"
    assert sorted(CustomerKey.objects.values_list("customer_id", flat=True)) == [1, 2, 3]
    CustomerKey.objects.filter(customer_id=1).delete()
    assert sorted(privacy.known_ciphers([1, 2, 9])) == [2]


def test_a_key_moved_to_another_customer_opens_nothing(db: None) -> None:
    CustomerKey.objects.create(customer_id=1, wrapped=privacy.wrapped(2, privacy.new_key()))
    with pytest.raises(Unreadable):
        privacy.known_ciphers([1])


def test_a_value_has_one_writing_by_its_kind() -> None:
    assert privacy.normalise("phone", "138 1234 5678") == "+8613812345678"
    assert privacy.normalise("email", " Li@Example.com") == "li@example.com"
    assert privacy.normalise("address", " 文三路  1 号 ") == "文三路 1 号"
    for kind in ("phone", "email"):
        with pytest.raises(ValueError, match=r"\S"):
            privacy.normalise(kind, "文三路")


def test_a_stand_in_says_the_kind_and_is_equal_for_equal_values() -> None:
    found = privacy.stand_in("phone", "138 1234 5678")
    assert found == privacy.stand_in("phone", "+8613812345678") == privacy.person_id("13812345678")
    assert found == f"phone:{privacy.digest('phone', '+8613812345678').hex()[:32]}"
    assert privacy.stand_in("phone", " 12 ") == privacy.stand_in("phone", "12") != privacy.stand_in("phone", "13")
    assert privacy.person_id("Li@Example.com") == privacy.stand_in("email", "li@example.com")
    assert privacy.person_id("M-900") == "M-900"
