import pytest
from django.conf import settings
from django.db import connection
from django.db.migrations.loader import MigrationLoader

from zhiji.ops.migrations_ahead import behind, written

pytestmark = pytest.mark.django_db(transaction=True)


def address() -> str:
    given = connection.settings_dict
    return f"postgresql:///{given['NAME']}?user={given['USER']}&host={given['HOST']}&pool=0"


def test_the_files_found_without_django_are_those_django_knows() -> None:
    known = set(MigrationLoader(connection).disk_migrations)
    assert set(written(settings.INSTALLED_APPS)) == known


def test_a_database_with_every_migration_is_not_behind() -> None:
    assert not behind(address(), settings.INSTALLED_APPS)


def test_one_missing_migration_is_behind() -> None:
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM django_migrations WHERE app = 'kernel' AND name = '0001_initial' RETURNING *")
        assert cursor.fetchone() is not None
        assert behind(address(), settings.INSTALLED_APPS)
        cursor.execute("INSERT INTO django_migrations (app, name, applied) VALUES ('kernel', '0001_initial', now())")
