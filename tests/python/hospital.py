"""A hospital's own developer: knows addresses and tokens, has grpcio and nothing of Holdpoint.

Finds every service by gRPC reflection, calls several methods of each, and prints what answered as one JSON object.
"""

import json
import sys
import time
import uuid

import grpc
from google.protobuf import descriptor_pool, json_format, message_factory
from google.protobuf.timestamp_pb2 import Timestamp
from grpc_reflection.v1alpha.proto_reflection_descriptor_database import ProtoReflectionDescriptorDatabase

DEADLINE_S = 10


class Bearer(grpc.UnaryUnaryClientInterceptor, grpc.UnaryStreamClientInterceptor, grpc.StreamStreamClientInterceptor):
    """Puts a person's token on every call, reflection's too."""

    def __init__(self, token):
        self.metadata = [("authorization", f"Bearer {token}")]

    def _with_token(self, details):
        return details._replace(metadata=list(details.metadata or []) + self.metadata)

    def intercept_unary_unary(self, continuation, details, request):
        return continuation(self._with_token(details), request)

    def intercept_unary_stream(self, continuation, details, request):
        return continuation(self._with_token(details), request)

    def intercept_stream_stream(self, continuation, details, requests):
        return continuation(self._with_token(details), requests)


class Person:
    """One person's calls to one service, typed by what the server says of itself."""

    def __init__(self, address, token):
        target = address.removeprefix("http://")
        self.channel = grpc.intercept_channel(grpc.insecure_channel(target), Bearer(token))
        self.database = ProtoReflectionDescriptorDatabase(self.channel)
        self.pool = descriptor_pool.DescriptorPool(self.database)

    def services(self):
        return list(self.database.get_services())

    def call(self, service, method, **fields):
        found = self.pool.FindServiceByName(service).methods_by_name[method]
        request = message_factory.GetMessageClass(found.input_type)()
        json_format.ParseDict(fields, request)
        answer = message_factory.GetMessageClass(found.output_type)
        stub = self.channel.unary_unary(
            f"/{service}/{method}", request_serializer=request.__class__.SerializeToString,
            response_deserializer=answer.FromString)
        return json_format.MessageToDict(stub(request, timeout=DEADLINE_S), preserving_proto_field_name=True)


def act(reason):
    return {"request_id": str(uuid.uuid4()), "reason": reason}


def moment(at):
    return json_format.MessageToDict(Timestamp(seconds=at))


def enrollment(person, told, called):
    service, trial = "holdpoint.enrollment.v1.Enrollment", told["trial"]
    known = person.call(service, "GetTrial", trial=trial)
    assert known["active"]["trial"] == trial, known
    called.append("GetTrial")
    person.call(service, "ScreenSubject", act=act("referred by the ward"), trial=trial, site=told["site"],
                subject="P-101", date="2026-01-05", birth_date="1984-05-06", sex="male", hospital_number="H77101",
                initials="QQ")
    called.append("ScreenSubject")
    subjects = person.call(service, "ListSubjects", trial=trial)["subjects"]
    assert [subject["subject"] for subject in subjects] == ["P-101"], subjects
    called.append("ListSubjects")
    assert person.call(service, "GetRandomizationList", trial=trial)["size"] == 68
    called.append("GetRandomizationList")


def dosing(person, told, called):
    service = "holdpoint.dosing.v1.Dosing"
    facts = {"viability": {"number": "91", "unit": "%"}, "passage": {"number": "4"}, "gene-modified": {"yes": False}}
    person.call(service, "ReceiveLot", act=act("arrived"), lot="GL-0001", product="uc-msc", facts=facts,
                cells="500000000", expires=moment(told["now_s"] + 86400 * 90))
    called.append("ReceiveLot")
    person.call(service, "ReleaseLot", act=act("certificate read"), trial=told["trial"], lot="GL-0001",
                certificate="CoA GL-0001")
    called.append("ReleaseLot")
    lot = person.call(service, "GetLot", lot="GL-0001")
    assert lot["state"] == "released" and lot["cells"] == "500000000", lot
    called.append("GetLot")
    assert person.call(service, "ListInfusions", trial=told["trial"]) == {}
    called.append("ListInfusions")


def safety(person, told, called):
    service, trial = "holdpoint.safety.v1.Safety", told["trial"]
    placed = person.call(service, "PlaceHold", act=act("a question about the freezer"), trial=trial,
                         scope={"trial": True}, activities=["ACTIVITY_DOSING"])["hold"]
    called.append("PlaceHold")
    holds = person.call(service, "ListHolds", trial=trial)["holds"]
    assert [hold["hold"] for hold in holds] == [placed["hold"]], holds
    called.append("ListHolds")
    board = person.call(service, "GetSuspensionBoard", trial=trial, hold=placed["hold"])
    assert board["hold"]["hold"] == placed["hold"], board
    called.append("GetSuspensionBoard")
    alerts = person.call(service, "ListAlerts", trial=trial)["alerts"]
    assert alerts, "a hold raises an alert"
    called.append("ListAlerts")


def labs(person, told, called):
    service, trial = "holdpoint.labs.v1.Labs", told["trial"]
    assert person.call(service, "CountResults", trial=trial).get("accepted", "0") == "0"
    called.append("CountResults")
    assert person.call(service, "ListQuarantine", trial=trial) == {}
    called.append("ListQuarantine")
    assert person.call(service, "ListResponses", trial=trial) == {}
    called.append("ListResponses")


def followup(person, told, called):
    service, trial = "holdpoint.followup.v1.Followup", told["trial"]
    person.call(service, "CountVisits", trial=trial)
    called.append("CountVisits")
    person.call(service, "ListDue", trial=trial, until="2026-02-05", **{"from": "2026-01-05"})
    called.append("ListDue")
    for attempt in range(100):
        try:
            schedule = person.call(service, "GetSchedule", trial=trial, subject="P-101")
            break
        except grpc.RpcError as error:
            if error.code() != grpc.StatusCode.NOT_FOUND or attempt == 99:
                raise
            time.sleep(0.1)
    assert schedule["subject"] == "P-101", schedule
    called.append("GetSchedule")


def refusal(person, told):
    try:
        person.call("holdpoint.dosing.v1.Dosing", "ReceiveLot", act=act("not mine to do"), lot="GL-0002",
                    product="uc-msc", cells="1")
    except grpc.RpcError as error:
        trailers = {key: value for key, value in error.trailing_metadata() or []}
        return {"status": error.code().name, "code": trailers.get("holdpoint-code", ""), "words": error.details()}
    raise AssertionError("a nurse received a lot")


def main():
    told = json.load(sys.stdin)
    called = {name: [] for name in ("enrollment", "dosing", "safety", "labs", "followup", "journal")}

    def person(service, role):
        return Person(told["addresses"][service], told["tokens"][role])

    for name, role, walk in (("enrollment", "coordinator", enrollment), ("dosing", "pharmacist", dosing),
                             ("safety", "safety-officer", safety), ("labs", "coordinator", labs),
                             ("followup", "coordinator", followup)):
        someone = person(name, role)
        listed = [service for service in someone.services() if service.startswith("holdpoint.")]
        assert len(listed) >= 2, listed
        walk(someone, told, called[name])
        heads = person(name, "auditor").call("holdpoint.journal.v1.Journal", "Heads")["heads"]
        assert heads, f"{name} has no journal"
        called["journal"].append(f"{name} Heads")
    print(json.dumps({"called": called, "refused": refusal(person("dosing", "bedside-nurse"), told)}))


if __name__ == "__main__":
    main()
