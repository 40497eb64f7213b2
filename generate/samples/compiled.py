"""The request in Java and C#. `API` and `TOKEN` come from the environment."""

from __future__ import annotations

import json

from generate.samples.example import Example


def class_of(example: Example) -> str:
    """The name of a sample's class."""
    return "".join(word.capitalize() for word in example.name.split("_"))


def java(example: Example) -> str:
    """With java.net.http, for Java 17 or newer."""
    lines = [
        "import java.net.URI;",
        "import java.net.http.HttpClient;",
        "import java.net.http.HttpRequest;",
        "import java.net.http.HttpResponse;",
        "",
        f"public class {class_of(example)} {{",
        "    public static void main(String[] arguments) throws Exception {",
    ]
    publisher = "HttpRequest.BodyPublishers.noBody()"
    if example.body is not None:
        body = (
            json.dumps(example.body, ensure_ascii=False, indent=2).replace("\\", "\\\\").replace("\n", "\n" + " " * 12)
        )
        lines.append(f'        String body = """\n            {body}""";')
        publisher = "HttpRequest.BodyPublishers.ofString(body)"
    lines += [
        f'        URI address = URI.create(System.getenv("API") + "{example.address}");',
        "        HttpRequest request = HttpRequest.newBuilder(address)",
        f'            .method("{example.method}", {publisher})',
    ]
    if example.needs_token:
        lines.append('            .header("Authorization", "Bearer " + System.getenv("TOKEN"))')
    lines += [
        f"            .header({json.dumps(name)}, {json.dumps(value)})" for name, value in example.headers.items()
    ]
    lines += [
        "            .build();",
        "        HttpResponse<String> response =",
        "            HttpClient.newHttpClient().send(request, HttpResponse.BodyHandlers.ofString());",
        '        System.out.println(response.statusCode() + " " + response.body());',
        "    }",
        "}",
    ]
    return "\n".join(lines)


def csharp(example: Example) -> str:
    """With HttpClient."""
    lines = [
        "using System;",
        "using System.Net.Http;",
        "using System.Text;",
        "",
        f"public static class {class_of(example)}",
        "{",
        "    public static void Main()",
        "    {",
        '        var address = Environment.GetEnvironmentVariable("API") + "' + example.address + '";',
        f'        var request = new HttpRequestMessage(new HttpMethod("{example.method}"), address);',
    ]
    if example.needs_token:
        bearer = '"Bearer " + Environment.GetEnvironmentVariable("TOKEN")'
        lines.append(f'        request.Headers.TryAddWithoutValidation("Authorization", {bearer});')
    lines += [
        f"        request.Headers.TryAddWithoutValidation({json.dumps(name)}, {json.dumps(value)});"
        for name, value in example.headers.items()
        if name != "Content-Type"
    ]
    if example.body is not None:
        body = json.dumps(example.body, ensure_ascii=False).replace('"', '""')
        lines += [
            f'        var body = @"{body}";',
            '        request.Content = new StringContent(body, Encoding.UTF8, "application/json");',
        ]
    lines += [
        "        var response = new HttpClient().SendAsync(request).GetAwaiter().GetResult();",
        "        var text = response.Content.ReadAsStringAsync().GetAwaiter().GetResult();",
        '        Console.WriteLine((int)response.StatusCode + " " + text);',
        "    }",
        "}",
    ]
    return "\n".join(lines)
