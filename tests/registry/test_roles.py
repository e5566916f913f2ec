"""Everything that is not given is denied."""

import pytest

from registry.errors import NotPermitted
from registry.roles import (
    BLIND_HAVE,
    EVERYWHERE,
    PERMISSIONS,
    Action,
    Actor,
    Permission,
    Role,
    blindness_in_words,
)

MATRIX = {
    Action.LOG: {Role.NURSE, Role.DATA_MANAGER},
    Action.AMEND: {Role.NURSE, Role.DATA_MANAGER},
    Action.WITHDRAW: {Role.NURSE, Role.DATA_MANAGER},
    Action.IMPORT: {Role.NURSE, Role.DATA_MANAGER},
    Action.ADJUDICATE: {Role.NURSE, Role.DATA_MANAGER},
    Action.REVIEW: {Role.ADJUDICATOR},
    Action.OPEN_CASES: {Role.DATA_MANAGER},
    Action.CHALLENGE: {Role.NURSE, Role.CLINICIAN},
    Action.ANSWER_PROPOSAL: {Role.NURSE, Role.CLINICIAN, Role.DATA_MANAGER},
    Action.QUERY: {Role.NURSE, Role.CLINICIAN, Role.DATA_MANAGER},
    Action.FOLLOW_UP: {Role.NURSE, Role.CLINICIAN, Role.DATA_MANAGER},
    Action.ANSWER_QUERY: {Role.NURSE, Role.DATA_MANAGER},
    Action.DOWNLOAD: {Role.NURSE, Role.CLINICIAN, Role.DATA_MANAGER},
    Action.EXPORT: {Role.DATA_MANAGER},
    Action.EXPORT_AGGREGATE: {Role.DATA_MANAGER, Role.CLINICIAN},
    Action.ADD_ACCOUNT: {Role.ADMIN},
    Action.SET_ROLES: {Role.ADMIN},
    Action.DISABLE_ACCOUNT: {Role.ADMIN},
    Action.ENABLE_ACCOUNT: {Role.ADMIN},
    Action.RESET_PASSWORD: {Role.ADMIN},
    Action.CONFIGURE: {Role.ADMIN},
    Action.BACKUP: {Role.ADMIN},
    Action.RESTORE: {Role.ADMIN},
    Action.ASK_ERASURE: {Role.ADMIN},
    Action.TAKE_BACK_ERASURE: {Role.ADMIN},
    Action.ERASE: {Role.ADMIN},
}


def holding(role: Role, site: str = EVERYWHERE) -> Actor:
    return Actor("someone", {site: frozenset({role})})


def test_every_action_stands_in_the_matrix() -> None:
    assert set(MATRIX) == set(Action)


@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize("action", Action)
def test_a_role_may_do_what_the_matrix_says_and_nothing_else(action: Action, role: Role) -> None:
    allowed = role in MATRIX[action]
    assert holding(role).may(action.permission) is allowed
    assert holding(role, "North").may(action.permission, "North") is allowed
    assert not holding(role, "North").may(action.permission, "South")
    assert not holding(role, "North").may(action.permission)


@pytest.mark.parametrize("permission", Permission)
def test_without_a_role_nothing_is_permitted(permission: Permission) -> None:
    assert not Actor("nobody", {}).may(permission)
    with pytest.raises(NotPermitted, match="nobody may not"):
        Actor("nobody", {}).require(permission, "North")


def test_every_permission_is_given_to_some_role() -> None:
    assert frozenset().union(*PERMISSIONS.values()) == set(Permission)


def test_several_sites_need_the_right_at_each_of_them() -> None:
    nurse = Actor("n", {"North": frozenset({Role.NURSE}), "South": frozenset({Role.CLINICIAN})})
    assert nurse.may(Permission.LOG, ["North"])
    assert not nurse.may(Permission.LOG, ["North", "South"])
    assert nurse.may(Permission.READ, ["North", "South"])


def test_no_site_at_all_is_the_whole_registry_and_not_nothing_to_check() -> None:
    nurse = holding(Role.NURSE, "North")
    assert not nurse.may(Permission.LOG, [])
    assert not nurse.may(Permission.LOG, ["North", None])


def test_a_blind_reader_never_has_the_machines_calls() -> None:
    assert not holding(Role.ADJUDICATOR).may(Permission.READ_CALLS)
    assert not holding(Role.ADJUDICATOR).may(Permission.EXPORT)


def test_the_audit_trail_names_only_the_roles_that_allowed_it() -> None:
    both = Actor("b", {"*": frozenset({Role.CLINICIAN}), "North": frozenset({Role.NURSE, Role.ADMIN})})
    assert both.acting_as(Permission.READ, "North") == "clinician+nurse"
    assert both.acting_as(Permission.LOG, "North") == "nurse"


@pytest.mark.parametrize("permission", sorted(set(Permission) - BLIND_HAVE))
@pytest.mark.parametrize("role", [role for role in Role if role is not Role.ADJUDICATOR])
def test_no_role_beside_that_of_a_reader_shows_a_patient_where_the_person_reads(
    role: Role, permission: Permission
) -> None:
    both = Actor("b", {EVERYWHERE: frozenset({role, Role.ADJUDICATOR})})
    assert not any(both.may(permission, site) for site in (None, "North", ["North", "South"]))
    apart = Actor("a", {"North": frozenset({Role.ADJUDICATOR}), EVERYWHERE: frozenset({role})})
    given = permission in PERMISSIONS[role]
    assert not apart.may(permission, "North")
    assert not apart.may(permission)
    assert apart.may(permission, "South") is given
    if given:
        with pytest.raises(
            NotPermitted, match="adjudicates at North and sees only review packets of the patients there"
        ):
            apart.require(permission, "North")


def test_what_a_blind_account_has_shows_no_patient_and_a_new_permission_is_denied() -> None:
    """Written out: who adds a permission here must know that it shows no single patient."""
    assert {
        Permission.REVIEW,
        Permission.FIGURES,
        Permission.EXPORT_AGGREGATE,
        Permission.ACCOUNTS,
        Permission.CONFIGURE,
    } == BLIND_HAVE


def test_a_role_everywhere_is_had_at_every_site_but_those_where_the_person_reads() -> None:
    roles = {EVERYWHERE: frozenset({Role.NURSE}), "North": frozenset({Role.ADJUDICATOR})}
    both = Actor("b", roles, frozenset({"North", "South", "West"}))
    assert both.sites_with(Permission.READ) == ["South", "West"]
    assert both.sites_with(Permission.REVIEW) == ["North"]
    assert both.sites_with(Permission.FIGURES) is None
    assert both.may_somewhere(Permission.LOG)
    assert holding(Role.NURSE).sites_with(Permission.READ) is None
    assert holding(Role.ADJUDICATOR).sites_with(Permission.READ) == []


def test_the_cost_of_two_roles_is_put_into_words_where_there_is_one() -> None:
    assert blindness_in_words(holding(Role.ADJUDICATOR)) is None
    assert blindness_in_words(holding(Role.NURSE)) is None
    apart = Actor("a", {"North": frozenset({Role.ADJUDICATOR}), "South": frozenset({Role.NURSE})})
    assert blindness_in_words(apart) is None
    both = Actor("b", {EVERYWHERE: frozenset({Role.NURSE}), "North": frozenset({Role.ADJUDICATOR})})
    assert "Adjudicator at North" in (blindness_in_words(both) or "")
    assert "other rights of nurse are off" in (blindness_in_words(both) or "")
    admin = Actor("c", {EVERYWHERE: frozenset({Role.ADMIN, Role.ADJUDICATOR})})
    assert "backups" in (blindness_in_words(admin) or "")
