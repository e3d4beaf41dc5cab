; what: prints what a reply looks like
; expect: any
; answer: none
(echo "{""ending"": ""finished"", ""outcome"": {""kind"": ""unsatisfiable"", ""core"": []}}")
