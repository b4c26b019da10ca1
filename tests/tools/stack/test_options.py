from tools.stack import options


def test_the_state_in_the_clone_is_written_once_at_the_end():
    assert options.variables({}, own_backend=True)["PULUMI_SKIP_CHECKPOINTS"] == "true"


def test_a_backend_of_the_users_own_keeps_its_checkpoints():
    assert "PULUMI_SKIP_CHECKPOINTS" not in options.variables({}, own_backend=False)


def test_what_the_user_has_set_stays():
    assert "PULUMI_SKIP_CHECKPOINTS" not in options.variables({"PULUMI_SKIP_CHECKPOINTS": "false"}, own_backend=True)


def test_overruling_other_field_managers_is_never_part_of_an_ordinary_recovery():
    assert "PULUMI_K8S_ENABLE_PATCH_FORCE" not in options.ADOPT
    assert options.ADOPT.items() <= options.ADOPT_FORCE.items()
