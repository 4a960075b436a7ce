from broker.keepalive import KeepAlive, Pulse


def test_a_broker_that_is_heard_and_spoken_to_is_left_in_peace() -> None:
    keep_alive = KeepAlive(30, now=100)
    keep_alive.heard(120)
    keep_alive.said(125)
    assert keep_alive.due == 150
    assert keep_alive.check(149.9) is Pulse.CALM


def test_a_silent_broker_is_asked_once_and_lost_after_half_a_period_more() -> None:
    keep_alive = KeepAlive(30, now=100)
    assert keep_alive.check(130) is Pulse.ASK
    assert keep_alive.due == 145
    assert keep_alive.check(144.9) is Pulse.CALM
    assert keep_alive.check(145) is Pulse.LOST


def test_any_answer_calms() -> None:
    keep_alive = KeepAlive(30, now=100)
    assert keep_alive.check(130) is Pulse.ASK
    keep_alive.said(130)
    keep_alive.heard(131)
    assert keep_alive.check(145) is Pulse.CALM
    assert keep_alive.due == 160


def test_what_we_say_does_not_hide_that_nobody_listens() -> None:
    keep_alive = KeepAlive(30, now=100)
    keep_alive.said(129)
    assert keep_alive.check(130) is Pulse.ASK
    keep_alive.said(140)
    assert keep_alive.check(145) is Pulse.LOST


def test_we_speak_even_if_the_broker_speaks_all_the_time_lest_it_gives_us_up() -> None:
    keep_alive = KeepAlive(30, now=100)
    keep_alive.heard(129)
    assert keep_alive.check(130) is Pulse.ASK


def test_a_late_look_asks_before_it_gives_up() -> None:
    # The process may have been stopped for an hour; the broker need not be gone for that.
    keep_alive = KeepAlive(30, now=100)
    assert keep_alive.check(3_700) is Pulse.ASK
    assert keep_alive.check(3_714) is Pulse.CALM


def test_without_a_period_nothing_is_ever_due() -> None:
    keep_alive = KeepAlive(0, now=100)
    assert keep_alive.due is None
    assert keep_alive.check(1e9) is Pulse.CALM
