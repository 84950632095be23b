// The reference OpenIGTLink library as a judge: reads messages from the standard input, prints
// each as one line of JSON, and checks every checksum. Build: g++ igtl_judge.cxx -lOpenIGTLink
#include <cstdio>
#include <string>
#include "igtlMessageHeader.h"
#include "igtlPointMessage.h"
#include "igtlTrajectoryMessage.h"
#include "igtlTransformMessage.h"

static std::string text(const char* words)
{
    std::string said;
    for (; *words; ++words) {
        if (*words == '"' || *words == '\\') said += '\\';
        said += *words;
    }
    return said;
}

template <class M> static typename M::Pointer body(igtl::MessageHeader::Pointer head, bool& ok)
{
    typename M::Pointer message = M::New();
    message->SetMessageHeader(head);
    message->AllocatePack();
    const size_t size = message->GetPackBodySize();
    ok = fread(message->GetPackBodyPointer(), 1, size, stdin) == size;
    ok = ok && (message->Unpack(1) & igtl::MessageHeader::UNPACK_BODY);  // 1: check the CRC
    return message;
}

static void point(igtl::MessageHeader::Pointer head, bool& ok)
{
    auto message = body<igtl::PointMessage>(head, ok);
    for (int n = 0; ok && n < message->GetNumberOfPointElement(); ++n) {
        igtl::PointElement::Pointer one;
        message->GetPointElement(n, one);
        float p[3];
        one->GetPosition(p[0], p[1], p[2]);
        printf("%s{\"name\":\"%s\",\"group\":\"%s\",\"numbers\":[%.9g,%.9g,%.9g]}", n ? "," : "",
               text(one->GetName()).c_str(), text(one->GetGroupName()).c_str(), p[0], p[1], p[2]);
    }
}

static void trajectory(igtl::MessageHeader::Pointer head, bool& ok)
{
    auto message = body<igtl::TrajectoryMessage>(head, ok);
    for (int n = 0; ok && n < message->GetNumberOfTrajectoryElement(); ++n) {
        igtl::TrajectoryElement::Pointer one;
        message->GetTrajectoryElement(n, one);
        float e[3], t[3];
        one->GetEntryPosition(e[0], e[1], e[2]);
        one->GetTargetPosition(t[0], t[1], t[2]);
        printf("%s{\"name\":\"%s\",\"type\":%d,\"numbers\":[%.9g,%.9g,%.9g,%.9g,%.9g,%.9g,%.9g]}",
               n ? "," : "", text(one->GetName()).c_str(), one->GetType(), e[0], e[1], e[2], t[0],
               t[1], t[2], one->GetRadius());
    }
}

static void transform(igtl::MessageHeader::Pointer head, bool& ok)
{
    auto message = body<igtl::TransformMessage>(head, ok);
    igtl::Matrix4x4 m;
    message->GetMatrix(m);
    printf("{\"numbers\":[");
    for (int n = 0; n < 16; ++n) printf("%s%.9g", n ? "," : "", m[n / 4][n % 4]);
    printf("]}");
}

int main()
{
    for (;;) {
        igtl::MessageHeader::Pointer head = igtl::MessageHeader::New();
        head->InitPack();
        const size_t size = head->GetPackSize();
        if (fread(head->GetPackPointer(), 1, size, stdin) != size) return 0;
        head->Unpack();
        const std::string kind = head->GetDeviceType();
        bool ok = false;
        printf("{\"type\":\"%s\",\"device\":\"%s\",\"rows\":[", text(kind.c_str()).c_str(),
               text(head->GetDeviceName()).c_str());
        if (kind == "POINT") point(head, ok);
        else if (kind == "TRAJ") trajectory(head, ok);
        else if (kind == "TRANSFORM") transform(head, ok);
        printf("],\"ok\":%s}\n", ok ? "true" : "false");
        if (!ok) return 1;
    }
}
