"""The evening before, played from outside on a house that compose runs: a stranger's client, typed by reflection alone.

    evening.py before STATE   puts the trial in force, treats, reports at 18:00, is refused at 08:00
    evening.py still STATE    is refused again, by the same hold
    evening.py after STATE    two people release the hold, and the infusion that was refused is given

Reads one JSON object from standard input: addresses, tokens by person, the folder of the civil clock.
"""

import datetime
import json
import os
import sys
import time

import grpc

from hospital import Person, act

TRIAL, SITE, LOT = "pgf-msc", "cq2", "GL-2603"
DAY = "2026-03-10"
CHINA = datetime.timezone(datetime.timedelta(hours=8))
PATIENCE_S = 60
FOLLOWS = {
    "enrollment": ("dosing", "safety", "labs", "followup"), "dosing": ("enrollment", "safety", "labs", "followup"),
    "safety": ("enrollment", "dosing", "labs", "followup"), "labs": ("enrollment", "dosing", "safety"),
    "followup": ("enrollment", "dosing", "safety", "labs"),
}
DELEGATED = {"wei": "INVESTIGATOR", "mei": "COORDINATOR", "tan": "PHARMACIST", "yan": "BEDSIDE_NURSE",
             "hua": "BEDSIDE_NURSE", "song": "SAFETY_OFFICER", "bao": "BOARD_MEMBER", "otto": "AUDITOR"}
CHART = {"transplant-planned": {"yes": True}, "kps": {"number": "80"},
         "expected-survival": {"number": "12", "unit": "months"}, "in-other-trial": {"yes": False},
         "donor-chimerism": {"number": "98", "unit": "%"}, "marrow-cellularity": {"word": "hypocellular"},
         "acute-gvhd-grade": {"word": "none"}, "relapsed": {"yes": False}}
ATTESTED = {"event.cytopenia": True, "include.organs": True, "include.no-contraindication": True,
            "exclude.organs": False, "exclude.malignancy": False, "exclude.psychiatric": False,
            "exclude.follow-up": False, "exclude.allergy": False, "exclude.infection": False,
            "exclude.graft-failure": False, "exclude.unsuitable": False}


def moment(local):
    return datetime.datetime.fromisoformat(local).replace(tzinfo=CHINA)


def proto(at):
    return at.astimezone(datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


class House:
    """The people and the services, and what the story has come to."""

    def __init__(self, told, state):
        self.told, self.state, self.people = told, state, {}

    def call(self, who, service, method, **fields):
        if (who, service) not in self.people:
            self.people[who, service] = Person(self.told["addresses"][service], self.told["tokens"][who])
        name = f"holdpoint.{service}.v1.{service.capitalize()}"
        return self.people[who, service].call(name, method, **fields)

    def journal(self, service, method):
        key = ("otto", service)
        if key not in self.people:
            self.people[key] = Person(self.told["addresses"][service], self.told["tokens"]["otto"])
        return self.people[key].call("holdpoint.journal.v1.Journal", method)

    def at(self, local):
        """Moves civil time on: a file that is replaced, since a reader must never find half of it."""
        self.state["now"] = local
        path = os.path.join(self.told["clock"], "civil")
        with open(path + ".next", "w", encoding="ascii") as file:
            file.write(str(int(moment(local).timestamp() * 1_000_000)))
        os.chmod(path + ".next", 0o644)
        os.replace(path + ".next", path)

    def now(self):
        return proto(moment(self.state["now"]))

    def hush(self):
        """Waits until everybody has heard everything of everybody."""
        until = time.monotonic() + PATIENCE_S
        while True:
            stands = {service: self.journal(service, "Cursors") for service in FOLLOWS}
            behind = [(reader, source, chain) for reader, sources in FOLLOWS.items() for source in sources
                      for chain, number in heads(stands[source]).items()
                      if cursor(stands[reader], source, chain) < number]
            if not behind:
                return
            assert time.monotonic() < until, f"the services did not settle: {behind}"
            time.sleep(0.05)


def number(head):
    return int(head.get("head", {}).get("number", 0))


def heads(stand):
    return {head["chain"]: number(head) for head in stand.get("heads", [])}


def cursor(stand, source, chain):
    return next((number(at) for at in stand.get("cursors", []) if (at["source"], at["chain"]) == (source, chain)), 0)


def put_in_force(house):
    registered = house.call("adam", "enrollment", "GetTrial", trial=TRIAL)["versions"][0]
    version = registered["protocol"]["version"]
    house.call("adam", "enrollment", "RegisterSite", act=act("the single center"), trial=TRIAL, site=SITE,
               name="Second Affiliated Hospital", time_zone="Asia/Shanghai")
    people = [("adam", "lin", "PRINCIPAL_INVESTIGATOR")] + [("lin", who, role) for who, role in DELEGATED.items()]
    for by, who, role in people:
        house.call(by, "enrollment", "DelegateRole", act=act("delegation log"), trial=TRIAL, person=who,
                   role=f"ROLE_{role}", **{"from": house.now()})
    for item in registered.get("assumed", []):
        house.call("lin", "enrollment", "ConfirmAssumption", act=act("read against the paper protocol"), trial=TRIAL,
                   version=version, block=item["block"], key=item.get("key", ""))
    house.call("lin", "enrollment", "RecordEthicsApproval", act=act("approval received"), trial=TRIAL, version=version,
               committee="Ethics committee of the hospital", reference="2026-001-01", date="2026-01-05")
    house.call("lin", "enrollment", "ActivateProtocol", act=act("all confirmed and approved"), trial=TRIAL,
               version=version)
    house.hush()


def screen(house, subject, place):
    kilograms = 50 + place % 40
    house.call("mei", "enrollment", "ScreenSubject", act=act("referred by the ward"), trial=TRIAL, site=SITE,
               subject=subject, date=DAY, birth_date=f"1980-01-{place % 28 + 1:02}", sex="female",
               hospital_number=f"H{place:05}", initials=chr(65 + place % 26) + "A")
    house.call("mei", "enrollment", "RecordConsent", act=act("signed"), trial=TRIAL, subject=subject, date=DAY,
               documents=["informed-consent-form", "screening-form"])
    house.call("mei", "enrollment", "RecordMilestone", act=act("graft infused"), trial=TRIAL, subject=subject,
               event="transplant", date="2026-01-26")
    facts = {**CHART, "weight": {"number": str(kilograms), "unit": "kg"}}
    for fact, value in facts.items():
        house.call("mei", "enrollment", "RecordFact", act=act("copied and checked"), trial=TRIAL, subject=subject,
                   fact=fact, value=value, taken_at=proto(moment(f"{DAY}T10:00")), source="chart")
    for criterion, holds in ATTESTED.items():
        house.call("wei", "enrollment", "Attest", act=act("examined"), trial=TRIAL, subject=subject,
                   criterion=criterion, holds=holds, date=DAY)
    house.call("wei", "enrollment", "ConfirmEvent", act=act("counts agree"), trial=TRIAL, subject=subject, event="pgf",
               date=DAY)
    house.hush()
    for criterion in assess(house, subject, "randomization")["criteria"]:
        if not criterion.get("satisfied") and criterion["id"].startswith("baseline."):
            house.call("mei", "followup", "RecordActivity", act=act("done for the baseline"), trial=TRIAL,
                       subject=subject, activity=criterion["id"].removeprefix("baseline."), date=DAY)
    house.hush()
    for step in ("enrollment", "randomization"):
        answer = assess(house, subject, step)
        assert answer.get("eligible"), answer
    return kilograms


def assess(house, subject, step):
    return house.call("mei", "enrollment", "AssessEligibility", act=act("all answers are in"), trial=TRIAL,
                      subject=subject, step=step)


def attempt(house, what):
    attempts = house.state.setdefault("attempts", {})
    attempts[what] = attempts.get(what, 0) + 1
    said = "the earlier ask was refused; nothing was given" if attempts[what] > 1 else ""
    return {"attempt": attempts[what], "earlier_not_heard": said}


def randomize(house, subject):
    answer = house.call("mei", "enrollment", "Randomize", act=act("eligible and consented"), trial=TRIAL,
                        subject=subject, **attempt(house, subject))
    house.call("mei", "enrollment", "AcknowledgeAllocation", act=act("allocation seen"), trial=TRIAL, subject=subject,
               permit=answer["permit"])
    return answer["arm"]


def plan(house, subject, first):
    weigh(house, subject)
    answer = house.call("mei", "dosing", "PlanInfusions", act=act("agreed with the ward"), trial=TRIAL,
                        subject=subject, first=proto(moment(first)))
    house.state["plans"][subject] = [infusion["infusion"] for infusion in answer["infusions"]]


def weigh(house, subject):
    house.call("yan", "dosing", "RecordWeight", act=act("weighed"), trial=TRIAL, subject=subject,
               value=str(house.state["weights"][subject]), unit="kg", measured_at=house.now())


def prepare(house, subject, dose):
    weigh(house, subject)
    house.call("tan", "dosing", "AuthorizeInfusion", act=act("right lot, right amount"), trial=TRIAL,
               infusion=house.state["plans"][subject][dose - 1], lot=LOT,
               cells=f"{house.state['weights'][subject]}000000")


def start(house, subject, dose):
    infusion = house.state["plans"][subject][dose - 1]
    answer = house.call("yan", "dosing", "StartInfusion", act=act("start at the bedside"), trial=TRIAL,
                        infusion=infusion, check={"subject": subject, "lot": LOT, "checked_with": "hua"},
                        **attempt(house, infusion))
    house.call("yan", "dosing", "AcknowledgeGo", act=act("Go heard"), trial=TRIAL, infusion=infusion,
               permit=answer["permit"])
    house.call("yan", "dosing", "ConfirmStart", act=act("cells flow"), trial=TRIAL, infusion=infusion, at=house.now())


def give(house, at, subject, dose):
    house.at(at)
    prepare(house, subject, dose)
    start(house, subject, dose)
    house.at((moment(at) + datetime.timedelta(minutes=45)).strftime("%Y-%m-%dT%H:%M"))
    house.call("yan", "dosing", "CompleteInfusion", act=act("bag empty"), trial=TRIAL,
               infusion=house.state["plans"][subject][dose - 1], at=house.now(),
               cells=f"{house.state['weights'][subject]}000000")
    house.hush()


def is_refused(what, hold):
    """Refused, by this hold: its id stands in the details. A service that was just restarted may name it a little later."""
    until = time.monotonic() + PATIENCE_S
    while True:
        try:
            answer = what()
        except grpc.RpcError as error:
            details = b"".join(v if isinstance(v, bytes) else v.encode() for _, v in error.trailing_metadata() or [])
            if hold.encode() in details:
                assert error.code() == grpc.StatusCode.FAILED_PRECONDITION, error
                return
            assert time.monotonic() < until, f"refused, and the hold is not named: {error}"
        else:
            raise AssertionError(f"let through a hold: {answer}")
        time.sleep(0.2)


def before(house):
    house.at("2026-01-05T09:00")
    put_in_force(house)
    house.at(f"{DAY}T10:00")
    treated, waiting, place = [], None, 0
    house.state.update(weights={}, plans={})
    while waiting is None:
        place += 1
        assert place < 20, "nobody comes into the treated arm"
        subject = f"P-{place:03}"
        house.state["weights"][subject] = screen(house, subject, place)
        if len(treated) == 3:
            waiting = subject
        elif randomize(house, subject) == "msc":
            treated.append(subject)
    house.hush()
    facts = {"viability": {"number": "93", "unit": "%"}, "passage": {"number": "4"}, "gene-modified": {"yes": False}}
    house.call("tan", "dosing", "ReceiveLot", act=act("arrived"), lot=LOT, product="uc-msc", facts=facts,
               cells="9000000000", expires=proto(moment("2026-09-30T00:00")))
    house.call("tan", "dosing", "ReleaseLot", act=act("certificate read"), trial=TRIAL, lot=LOT, certificate="CoA GL-2603")
    ill, due = treated[0], treated[1:]
    plan(house, ill, "2026-03-11T10:00")
    for subject in due:
        plan(house, subject, "2026-03-17T08:00")
    give(house, "2026-03-11T10:00", ill, 1)
    give(house, "2026-03-17T08:00", due[0], 1)
    give(house, "2026-03-17T08:50", due[1], 1)
    give(house, "2026-03-18T10:00", ill, 2)
    house.at("2026-03-23T18:00")
    house.state.update(hold=report(house, ill), due=due, waiting=waiting)
    house.at("2026-03-24T08:50")
    for subject in due:
        prepare(house, subject, 2)
    still(house)


def report(house, subject):
    value = {"grade": {"number": "4"}, "mechanical-ventilation": {"yes": True}, "relatedness": {"word": "unlikely"},
             "serious": {"yes": True}, "outcome": {"word": "not-recovered"},
             "criterion": {"words": {"word": ["life-threatening"]}}}
    answer = house.call("wei", "safety", "ReportAdverseEvent", act=act("called from intensive care"), trial=TRIAL,
                        subject=subject, term="Respiratory failure", onset=house.now(), aware_at=house.now(),
                        facts=[{"fact": fact, "value": what, "since": house.now()} for fact, what in value.items()])
    assert len(answer["holds"]) == 1, answer
    hold = answer["holds"][0]["hold"]
    until = time.monotonic() + PATIENCE_S
    while True:
        holds = house.call("bao", "safety", "ListHolds", trial=TRIAL).get("holds", [])
        if any(one["hold"] == hold and one["state"] == "effective" for one in holds):
            return hold
        assert time.monotonic() < until, holds
        time.sleep(0.05)


def still(house):
    hold = house.state["hold"]
    for subject in house.state["due"]:
        is_refused(lambda subject=subject: start(house, subject, 2), hold)
    is_refused(lambda: randomize(house, house.state["waiting"]), hold)


def after(house):
    house.at("2026-03-25T15:00")
    for who, role, released in (("bao", "BOARD_MEMBER", False), ("lin", "PRINCIPAL_INVESTIGATOR", True)):
        answer = house.call(who, "safety", "SignRelease", act=act("decision of the meeting"), trial=TRIAL,
                            hold=house.state["hold"], as_role=f"ROLE_{role}", ethics_reference="2026-001-04")
        assert answer.get("released", False) == released, answer
    house.hush()
    for at, subject in zip(("2026-03-26T08:00", "2026-03-26T09:00"), house.state["due"]):
        give(house, at, subject, 2)
    assert randomize(house, house.state["waiting"]), "the candidate is allocated"


def main():
    part, path = sys.argv[1:]
    state = {}
    if os.path.exists(path):
        with open(path, encoding="utf-8") as file:
            state = json.load(file)
    house = House(json.load(sys.stdin), state)
    {"before": before, "still": still, "after": after}[part](house)
    with open(path, "w", encoding="utf-8") as file:
        json.dump(house.state, file)
    print(json.dumps({"part": part, "hold": house.state["hold"], "refused": len(house.state["due"]) + 1}))


if __name__ == "__main__":
    main()
