"""A whole sitting over HTTP, from the seat code to the receipt and the result."""


def test_from_seat_code_to_receipt_and_result(hall, desk):
    candidate = hall.candidate()
    assert candidate.enter().json["error"] == "see_operator"
    assert desk.check_in(candidate)[0]["outcome"] == "done"
    assert candidate.enter().json["view"]["phase"] == "check"
    assert candidate.check().json["phase"] == "identity"
    assert candidate.wish("identity").json["phase"] == "waiting"
    assert desk.do("authorise", candidate)[0]["outcome"] == "done"
    assert candidate.get("view").json["phase"] == "briefing"
    assert candidate.wish("start").json["phase"] == "item"
    assert candidate.view["person"] == {"name": "Jan Kowal", "reference": "K-7", "seat": "7", "station": "PC-7"}
    assert candidate.get("result").json["error"] == "not_closed"
    answers = 0
    while candidate.view["phase"] == "item":
        hall.clock.pass_(4)
        assert candidate.answer().json["outcome"] == "recorded"
        answers += 1
    assert 4 <= answers <= 6
    receipt = candidate.view["receipt"]
    assert receipt["answered"] == answers
    assert receipt["chain_head"] == hall.wiring.desk.head(candidate.sitting)
    result = candidate.get("result").json
    assert result["theory"] in {"met", "not_met", "undetermined"}
    assert sum(row["items"] for row in result["outcomes"]) == answers
    assert desk.row(candidate)["lifecycle"] == "submitted"
